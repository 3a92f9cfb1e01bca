/* What a program's escape sequences have made of the terminal: mouse reports, the alternate screen,
 * a hidden cursor, line drawing instead of letters … ptyd passes the bytes on as they are and only
 * follows, so that a viewer who gets no more than the end of the output can be brought into the
 * same state, and a new shell begins with a terminal that is in order (tidy.c writes the bytes).
 *
 * The parser is that of https://vt100.net/emu/dec_ansi_parser for UTF-8; the meanings are those of
 * xterm's ctlseqs, where xterm.js agrees. */
#include "ptyd.h"

#include <string.h>

enum { GROUND, ESCAPE, CONTROL, IGNORED, SYSTEM, STRING };
enum { SO = 0x0E, SI = 0x0F, CAN = 0x18, SUB = 0x1A, ESC = 0x1B, C1_LEAD = 0xC2 };

/* Bytes that matter outside of sequences. */
static const bool is_special[256] = {[SO] = true, [SI] = true, [ESC] = true, [C1_LEAD] = true};

/* ---- Settings */

static bool is_in(const uint16_t *modes, uint16_t mode)
{
    while (*modes && *modes != mode)
        modes++;
    return *modes != 0;
}

/* Whether a private mode is on in a fresh terminal. */
bool mode_starts_on(uint16_t mode)
{
    static const uint16_t modes[] = {2, 7, 8, 25, 1035, 1036, 1039, 0};
    return is_in(modes, mode);
}

/* Whether a private mode chooses the alternate screen. */
bool mode_is_screen(uint16_t mode)
{
    static const uint16_t modes[] = {47, 1047, 1049, 0};
    return is_in(modes, mode);
}

static void forget(struct settings *now, uint8_t index)
{
    now->changed_count--;
    memmove(now->changed + index, now->changed + index + 1,
            (now->changed_count - index) * sizeof *now->changed);
    now->changed[now->changed_count] = (struct changed){0};
}

/* Forget the mode, and those that exclude each other with it: screens, what the mouse reports, and
 * how. */
static void forget_mode(struct settings *now, uint16_t mode)
{
    static const uint16_t groups[][6] = {
        {47, 1047, 1049}, {9, 1000, 1001, 1002, 1003}, {1005, 1006, 1015, 1016}};
    const uint16_t *group = NULL;
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        if (is_in(groups[i], mode))
            group = groups[i];
    for (uint8_t i = now->changed_count; i-- > 0;)
        if (now->changed[i].mode == mode || (group && is_in(group, now->changed[i].mode)))
            forget(now, i);
}

static void set_private(struct settings *now, uint16_t mode, bool on)
{
    if (mode == 1048 || mode == 1049)
        now->saved = true;
    if (mode == 0 || mode == 3 || mode == 1048) /* 3 clears the screen, 1048 saves the cursor */
        return;
    forget_mode(now, mode);
    if (on == mode_starts_on(mode))
        return;
    if (now->changed_count == MAX_CHANGED)
        forget(now, 0);
    now->changed[now->changed_count++] = (struct changed){mode, on};
}

/* Return the number of the private mode that chose the alternate screen, 0 on the normal one. */
uint16_t modes_screen(const struct settings *now)
{
    for (uint8_t i = 0; i < now->changed_count; i++)
        if (mode_is_screen(now->changed[i].mode))
            return now->changed[i].mode;
    return 0;
}

static void soft_reset(struct settings *now)
{
    static const uint16_t modes[] = {1, 6, 7, 12, 25, 45, 66, 1004, 2004, 2026, 0};
    for (const uint16_t *mode = modes; *mode; mode++)
        forget_mode(now, *mode);
    memset(&now->style, 0, sizeof now->style);
    memset(now->charsets, 0, sizeof now->charsets);
    now->regions[modes_screen(now) != 0] = (struct region){0};
    now->shift = 0;
    now->insert = now->saved = false;
}

/* ---- Keyboards, as https://sw.kovidgoyal.net/kitty/keyboard-protocol/ says: a stack a screen */

static void set_keyboard(struct keyboard *keyboard, uint8_t prefix, const uint16_t *params)
{
    uint8_t *top = &keyboard->flags[keyboard->depth], flags = params[0] & 31;
    uint16_t count = params[0] ? params[0] : 1;
    if (prefix == '=') {
        *top = params[1] == 2 ? *top | flags : params[1] == 3 ? *top & ~flags : flags;
    } else if (prefix == '>') {
        if (keyboard->depth == MAX_KEYBOARDS - 1)
            memmove(keyboard->flags + 1, keyboard->flags + 2, MAX_KEYBOARDS - 2);
        else
            keyboard->depth++;
        keyboard->flags[keyboard->depth] = flags;
    } else if (count > keyboard->depth) {
        memset(keyboard, 0, sizeof *keyboard);
    } else {
        memset(keyboard->flags + keyboard->depth + 1 - count, 0, count);
        keyboard->depth -= (uint8_t)count;
    }
}

/* ---- Sequences */

static void on_private(struct modes *modes, bool on)
{
    for (uint8_t i = 0; i < modes->parser.count; i++) {
        set_private(&modes->now, modes->parser.params[i], on);
        modes->prompted = modes->prompted || (on && modes->parser.params[i] == 2004);
    }
}

static void set_region(struct modes *modes, uint16_t top, uint16_t bottom)
{
    struct region region = {top > 1 ? top : 0, bottom < modes->rows ? bottom : 0};
    if (region.top && !region.bottom)
        region.bottom = modes->rows;
    else if (region.bottom && !region.top)
        region.top = 1;
    modes->now.regions[modes_screen(&modes->now) != 0] = region;
}

static void on_control(struct modes *modes, uint8_t final)
{
    struct settings *now = &modes->now;
    const struct parser *parser = &modes->parser;
    const uint16_t *params = parser->params;
    bool on = final == 'h';
    switch (parser->prefix << 16 | parser->intermediate << 8 | final) {
    case '?' << 16 | 'h':
    case '?' << 16 | 'l':
        on_private(modes, on);
        break;
    case 'h':
    case 'l':
        for (uint8_t i = 0; i < parser->count; i++) {
            now->insert = params[i] == 4 ? on : now->insert;
            now->new_line = params[i] == 20 ? on : now->new_line;
        }
        break;
    case '!' << 8 | 'p':
        soft_reset(now);
        break;
    case ' ' << 8 | 'q':
        now->cursor = (uint8_t)params[0];
        break;
    case 'm':
        style_set(&now->style, parser);
        break;
    case '>' << 16 | 'm':
        now->other_keys = params[0] == 4 ? (uint8_t)params[1] : now->other_keys;
        break;
    case '>' << 16 | 'n':
        now->other_keys = params[0] == 4 ? 0 : now->other_keys;
        break;
    case 'r':
        set_region(modes, params[0], params[1] ? params[1] : modes->rows);
        break;
    case 's':
        now->saved = true;
        break;
    case '=' << 16 | 'u':
    case '>' << 16 | 'u':
    case '<' << 16 | 'u':
        set_keyboard(&now->keyboards[modes_screen(now) != 0], parser->prefix, params);
    }
}

/* Note which set of letters a slot has: that of `(`, `)`, `*` or `+` for 94 characters, or `-`, `.`
 * or `/` for 96. */
static void designate(struct settings *now, uint8_t intermediate, uint8_t final)
{
    const char *slots = "()*+", *wide = " -./";
    const char *at = strchr(intermediate < '-' ? slots : wide, intermediate);
    size_t slot = (size_t)(at - (intermediate < '-' ? slots : wide));
    now->charsets[slot] = (struct charset){intermediate, final};
    if (final == 'B' && intermediate < '-')
        now->charsets[slot] = (struct charset){0};
}

static void on_escape(struct modes *modes, uint8_t final)
{
    struct settings *now = &modes->now;
    uint8_t intermediate = modes->parser.intermediate;
    if (intermediate >= '(' && intermediate <= '/' && intermediate != ',')
        designate(now, intermediate, final);
    if (intermediate == '%') {
        memset(now->charsets, 0, sizeof now->charsets);
        now->shift = 0;
    }
    if (intermediate)
        return;
    if (final == 'c')
        memset(now, 0, sizeof *now);
    else if (final == '7')
        now->saved = true;
    else if (final == '=' || final == '>')
        set_private(now, 66, final == '=');
    else if (final == 'n' || final == 'o')
        now->shift = final == 'n' ? 2 : 3;
}

/* Note what an operating system command leaves: an open link, or other colours. */
static void on_system(struct modes *modes)
{
    const struct parser *parser = &modes->parser;
    uint16_t command = parser->params[0];
    if (command == 8)
        modes->now.link = parser->last_field;
    else if ((command == 4 || (command >= 10 && command <= 19)) && !parser->asks)
        modes->now.colours = true;
}

/* ---- Parser */

static void begin(struct parser *parser, uint8_t state)
{
    *parser = (struct parser){.state = state, .count = state == CONTROL};
}

/* Begin what a control character of the second set (C1) begins. */
static void on_second(struct modes *modes, uint8_t byte)
{
    if (modes->parser.state == SYSTEM)
        on_system(modes);
    switch (byte) {
    case 0x9B:
        begin(&modes->parser, CONTROL);
        break;
    case 0x9D:
        begin(&modes->parser, SYSTEM);
        break;
    case 0x90:
    case 0x98:
    case 0x9E:
    case 0x9F:
        begin(&modes->parser, STRING);
        break;
    default:
        begin(&modes->parser, GROUND);
    }
}

static void in_escape(struct modes *modes, uint8_t byte)
{
    static const char second[] = "[]PX^_";
    static const uint8_t first_of[] = {0x9B, 0x9D, 0x90, 0x98, 0x9E, 0x9F};
    const char *at = byte ? strchr(second, byte) : NULL;
    if (byte < 0x20)
        return;
    if (byte < 0x30) {
        modes->parser.intermediate = byte;
    } else if (at && !modes->parser.intermediate) {
        on_second(modes, first_of[at - second]);
    } else {
        on_escape(modes, byte);
        begin(&modes->parser, GROUND);
    }
}

static void add_digit(struct parser *parser, uint8_t byte)
{
    uint16_t *param = &parser->params[parser->count - 1];
    uint32_t value = *param * 10u + (byte - '0');
    *param = value > UINT16_MAX ? UINT16_MAX : (uint16_t)value;
}

static void in_control(struct modes *modes, uint8_t byte)
{
    struct parser *parser = &modes->parser;
    if (byte >= '0' && byte <= '9' && !parser->intermediate) {
        add_digit(parser, byte);
    } else if (byte == ';' || byte == ':') {
        if (parser->count == MAX_PARAMS)
            parser->state = IGNORED;
        else if (byte == ':')
            parser->subs |= 1u << parser->count;
        parser->count += parser->count < MAX_PARAMS;
    } else if (byte >= '<' && byte <= '?') {
        parser->prefix = byte;
    } else if (byte >= 0x20 && byte < 0x30) {
        parser->intermediate = byte;
    } else if (byte >= 0x40) {
        if (byte < 0x7F)
            on_control(modes, byte);
        begin(parser, GROUND);
    }
}

/* Read an operating system command: its number, whether a field is "?", whether the last one says
 * anything. */
static void in_system(struct modes *modes, uint8_t byte)
{
    struct parser *parser = &modes->parser;
    parser->count = parser->count ? parser->count : 1;
    if (byte == 7) {
        on_system(modes);
        begin(parser, GROUND);
    } else if (byte == ';') {
        parser->in_fields = true;
        parser->last_field = false;
    } else if (!parser->in_fields && byte >= '0' && byte <= '9') {
        add_digit(parser, byte);
    } else if (byte >= 0x20) {
        parser->asks = parser->asks || (byte == '?' && !parser->last_field);
        parser->last_field = true;
    }
}

static void step(struct modes *modes, uint8_t byte)
{
    struct parser *parser = &modes->parser;
    bool is_second = parser->led && byte >= 0x80 && byte < 0xA0;
    parser->led = byte == C1_LEAD;
    if (is_second) {
        on_second(modes, byte);
    } else if (byte == CAN || byte == SUB) {
        begin(parser, GROUND);
    } else if (byte == ESC) {
        if (parser->state == SYSTEM)
            on_system(modes);
        begin(parser, ESCAPE);
    } else if ((byte == SO || byte == SI) && parser->state <= IGNORED) {
        modes->now.shift = byte == SO;
    } else if (parser->state == ESCAPE) {
        in_escape(modes, byte);
    } else if (parser->state == CONTROL) {
        in_control(modes, byte);
    } else if (parser->state == IGNORED && byte >= 0x40) {
        begin(parser, GROUND);
    } else if (parser->state == SYSTEM) {
        in_system(modes, byte);
    }
}

/* Whether the terminal is between sequences. */
bool modes_between(const struct modes *modes)
{
    return modes->parser.state == GROUND && !modes->parser.led;
}

/* Follow the bytes. Returns how many were read: fewer than there are when `prompted` was set, as by
 * a shell that asks for bracketed paste in front of its prompt. */
size_t modes_feed(struct modes *modes, const uint8_t *data, size_t length)
{
    size_t at = 0;
    modes->prompted = false;
    while (at < length && !modes->prompted) {
        if (modes_between(modes))
            while (at < length && !is_special[data[at]])
                at++;
        if (at < length)
            step(modes, data[at++]);
    }
    return at;
}

/* Follow a new size: terminals then forget the scroll region. */
void modes_resize(struct modes *modes, uint16_t rows)
{
    modes->rows = rows;
    memset(modes->now.regions, 0, sizeof modes->now.regions);
}
