/* Write the bytes that bring a terminal from one state into another (modes.c): a fresh one into the
 * state that output goes on from, and one that a program left in disorder back into order. */
#include "ptyd.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct writer {
    char *text;
    size_t length, size;
};

/* Append, or leave out what does not fit: half a sequence would do harm. */
__attribute__((format(printf, 2, 3))) static void put(struct writer *writer, const char *format,
                                                      ...)
{
    va_list values;
    va_start(values, format);
    size_t room = writer->size - writer->length;
    int length = vsnprintf(writer->text + writer->length, room, format, values);
    va_end(values);
    if (length > 0 && (size_t)length < room)
        writer->length += (size_t)length;
    else
        writer->text[writer->length] = '\0';
}

static void put_private(struct writer *writer, uint16_t mode, bool on)
{
    if (mode == 66)
        put(writer, on ? "\x1b=" : "\x1b>");
    else
        put(writer, "\x1b[?%u%c", mode, on ? 'h' : 'l');
}

static void put_style(struct writer *writer, const struct style *style)
{
    static const unsigned base[] = {38, 48, 58};
    put(writer, "\x1b[0");
    for (unsigned code = 1; code < 10; code++)
        if (style->attributes & 1u << code)
            put(writer, ";%u", code);
    for (size_t i = 0; i < 3; i++) {
        uint32_t colour = style->colours[i], index = colour & 0xFF;
        if (colour & INDEXED && index < 16 && i < 2)
            put(writer, ";%u", (index < 8 ? 30 : 82) + 10 * (unsigned)i + index);
        else if (colour & INDEXED)
            put(writer, ";%u;5;%u", base[i], index);
        else if (colour & RGB)
            put(writer, ";%u;2;%u;%u;%u", base[i], colour >> 16 & 0xFF, colour >> 8 & 0xFF,
                colour & 0xFF);
    }
    put(writer, "m");
}

/* Set a scroll region. That moves the cursor home, so it is put back where it was. */
static void put_region(struct writer *writer, const struct region *region)
{
    if (region->top)
        put(writer, "\x1b" "7\x1b[%u;%ur\x1b" "8", region->top, region->bottom);
}

static void put_keyboard(struct writer *writer, const struct keyboard *keyboard)
{
    if (keyboard->flags[0])
        put(writer, "\x1b[=%u;1u", keyboard->flags[0]);
    for (uint8_t i = 1; i <= keyboard->depth; i++)
        put(writer, "\x1b[>%uu", keyboard->flags[i]);
}

static void put_charsets(struct writer *writer, const struct settings *now)
{
    static const char *const shifts[] = {"", "\x0e", "\x1bn", "\x1bo"};
    for (size_t i = 0; i < 4; i++)
        if (now->charsets[i].final)
            put(writer, "\x1b%c%c", now->charsets[i].intermediate, now->charsets[i].final);
    put(writer, "%s", shifts[now->shift]);
}

static void put_screen(struct writer *writer, const struct settings *now, bool alternate)
{
    put_region(writer, &now->regions[alternate]);
    put_keyboard(writer, &now->keyboards[alternate]);
}

/* Write what brings a fresh terminal into this state. Returns the length. */
size_t tidy_restore(const struct settings *now, char text[TIDY_SIZE])
{
    struct writer writer = {text, 0, TIDY_SIZE};
    uint16_t screen = modes_screen(now);
    bool origin = false;
    *text = '\0';
    put_screen(&writer, now, false);
    if (screen) {
        put_private(&writer, screen, true);
        put_screen(&writer, now, true);
    }
    for (uint8_t i = 0; i < now->changed_count; i++) {
        struct changed changed = now->changed[i];
        origin = origin || changed.mode == 6;
        if (!mode_is_screen(changed.mode) && changed.mode != 6 && changed.mode != 2026)
            put_private(&writer, changed.mode, changed.on);
    }
    if (origin)
        put_private(&writer, 6, true);
    if (now->insert)
        put(&writer, "\x1b[4h");
    if (now->new_line)
        put(&writer, "\x1b[20h");
    if (now->cursor)
        put(&writer, "\x1b[%u q", now->cursor);
    if (now->other_keys)
        put(&writer, "\x1b[>4;%um", now->other_keys);
    put_charsets(&writer, now);
    if (memcmp(&now->style, &(struct style){0}, sizeof now->style))
        put_style(&writer, &now->style);
    return writer.length;
}

/* Whether a private mode spoils the next prompt: what is typed there is not seen as it should be, or
 * keys and pointer send what a shell does not understand. */
static bool spoils(uint16_t mode)
{
    static const uint16_t modes[] = {5,    6,    7,    9,    25,   47,   69,   1000,
                                     1001, 1002, 1003, 1004, 1005, 1006, 1015, 1016,
                                     1047, 1049, 2026, 2031, 2048, 9001, 0};
    for (const uint16_t *at = modes; *at; at++)
        if (*at == mode)
            return true;
    return false;
}

static bool has_shift(const struct settings *now)
{
    return now->shift || now->charsets[0].final;
}

/* Whether a soft reset is needed: its alternatives would move the cursor. */
static bool needs_soft_reset(const struct settings *now)
{
    const struct region *region = &now->regions[0];
    for (uint8_t i = 0; i < now->changed_count; i++)
        if (now->changed[i].mode == 6)
            return true;
    return now->insert || region->top || has_shift(now);
}

/* Whether the state spoils the next prompt. */
bool tidy_is_due(const struct settings *now)
{
    for (uint8_t i = 0; i < now->changed_count; i++)
        if (spoils(now->changed[i].mode))
            return true;
    return needs_soft_reset(now) || now->new_line || now->keyboards[0].depth ||
           now->other_keys == 2 || now->style.attributes & 1 << 8;
}

static void leave_screen(struct writer *writer, const struct settings *now)
{
    uint16_t screen = modes_screen(now);
    if (screen && now->keyboards[1].depth)
        put(writer, "\x1b[<%uu", now->keyboards[1].depth);
    if (screen)
        put_private(writer, screen, false);
}

/* Write what makes the terminal fit for a prompt. Colours, the cursor's shape and what shells set
 * for themselves stay: those were wanted. Returns the length. */
size_t tidy_prompt(const struct settings *now, char text[TIDY_SIZE])
{
    struct writer writer = {text, 0, TIDY_SIZE};
    bool soft = needs_soft_reset(now);
    struct style style = now->style;
    *text = '\0';
    leave_screen(&writer, now);
    if (soft)
        put(&writer, "\x1b[!p\x1b(B\x0f");
    for (uint8_t i = 0; i < now->changed_count; i++) {
        struct changed changed = now->changed[i];
        if (!spoils(changed.mode) && soft)
            put_private(&writer, changed.mode, changed.on);
        else if (spoils(changed.mode) && !mode_is_screen(changed.mode) && changed.mode != 6)
            put_private(&writer, changed.mode, !changed.on);
    }
    if (now->new_line)
        put(&writer, "\x1b[20l");
    if (now->keyboards[0].depth)
        put(&writer, "\x1b[<%uu", now->keyboards[0].depth);
    if (now->other_keys == 2)
        put(&writer, "\x1b[>4m");
    if (soft || style.attributes & 1 << 8) {
        style.attributes &= (uint16_t)~(1 << 8);
        put_style(&writer, &style);
    }
    return writer.length;
}

/* Write what makes the terminal as good as new for another shell; what was printed stays. Nothing
 * when it is in order. Returns the length. */
size_t tidy_shell(const struct modes *modes, char text[TIDY_SIZE])
{
    struct writer writer = {text, 0, TIDY_SIZE};
    const struct settings *now = &modes->now;
    *text = '\0';
    if (modes_between(modes) && !memcmp(now, &(struct settings){0}, sizeof *now))
        return 0;
    put(&writer, "\x18"); /* ends a sequence that was begun and never finished */
    leave_screen(&writer, now);
    put(&writer, "\x1b[!p\x1b(B\x0f");
    for (uint8_t i = 0; i < now->changed_count; i++)
        if (!mode_is_screen(now->changed[i].mode) && now->changed[i].mode != 6)
            put_private(&writer, now->changed[i].mode, !now->changed[i].on);
    for (size_t i = 1; i < 4; i++)
        if (now->charsets[i].final)
            put(&writer, "\x1b%cB", "()*+"[i]);
    if (now->new_line)
        put(&writer, "\x1b[20l");
    if (now->cursor)
        put(&writer, "\x1b[0 q");
    if (now->keyboards[0].depth || now->keyboards[0].flags[0])
        put(&writer, "\x1b[<%uu\x1b[=0;1u", MAX_KEYBOARDS);
    if (now->other_keys)
        put(&writer, "\x1b[>4m");
    if (now->link)
        put(&writer, "\x1b]8;;\x1b\\");
    if (now->colours)
        put(&writer, "\x1b]104\x1b\\\x1b]110\x1b\\\x1b]111\x1b\\\x1b]112\x1b\\");
    return writer.length;
}
