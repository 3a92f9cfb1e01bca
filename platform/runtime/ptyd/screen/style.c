/* Colours and attributes that a program has set for the letters to come (modes.c). */
#include "ptyd.h"

/* Read the colour at `at`: 5;n or 2;r;g;b, or the same with colons, where a colour space may stand
 * between. Returns how many parameters it takes. */
static uint8_t read_colour(const struct parser *parser, uint8_t at, uint32_t *colour)
{
    const uint16_t *params = parser->params + at;
    uint8_t left = parser->count - at, length = 0;
    while (length < left && parser->subs & 1u << (at + length))
        length++;
    bool with_space = length > 4 && params[0] == 2;
    length = length ? length : left && params[0] == 5 ? 2 : 4;
    if (length > left)
        return left;
    if (length >= 2 && params[0] == 5)
        *colour = INDEXED | (params[1] & 0xFF);
    else if (length >= 4 && params[0] == 2)
        *colour = RGB | (params[1 + with_space] & 0xFFu) << 16 |
                  (params[2 + with_space] & 0xFFu) << 8 | (params[3 + with_space] & 0xFF);
    return length;
}

static void clear_attributes(struct style *style, uint16_t code)
{
    static const uint16_t cleared[] = {[22] = 1 << 1 | 1 << 2, [23] = 1 << 3, [24] = 1 << 4,
                                       [25] = 1 << 5 | 1 << 6, [27] = 1 << 7, [28] = 1 << 8,
                                       [29] = 1 << 9};
    if (code < sizeof cleared / sizeof *cleared)
        style->attributes &= (uint16_t)~cleared[code];
}

static void set_plain_style(struct style *style, uint16_t code)
{
    uint16_t tens = code / 10, ones = code % 10;
    if (code == 0)
        *style = (struct style){0};
    else if (code < 10)
        style->attributes |= (uint16_t)(1 << code);
    else if (code == 21)
        style->attributes |= 1 << 4;
    else if ((tens == 3 || tens == 4) && ones < 8)
        style->colours[tens - 3] = INDEXED | ones;
    else if ((tens == 9 || tens == 10) && ones < 8)
        style->colours[tens - 9] = INDEXED | (ones + 8u);
    else if (code == 39 || code == 49 || code == 59)
        style->colours[tens - 3] = 0;
    else
        clear_attributes(style, code);
}

/* Follow a sequence that sets colours and attributes (SGR). */
void style_set(struct style *style, const struct parser *parser)
{
    for (uint8_t i = 0; i < parser->count; i++) {
        uint16_t code = parser->params[i];
        bool has_sub = i + 1 < parser->count && parser->subs & 1u << (i + 1);
        if (code == 38 || code == 48 || code == 58) {
            i += read_colour(parser, i + 1, &style->colours[code / 10 - 3]);
        } else if (code == 4 && has_sub) { /* 4:0 is none, 4:3 a wavy line */
            set_plain_style(style, parser->params[++i] ? 4 : 24);
        } else if (!(parser->subs & 1u << i)) {
            set_plain_style(style, code);
        }
    }
}
