/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/key.h"

#include <linux/input-event-codes.h>
#include <string.h>

#include "base/error.h"

RV_ENUM(rv_key_set, RvKeySet, RV_KEY_SET_LAST, "linux", "xt", "atset1", "atset2", "atset3", "os_x",
        "xt_kbd", "usb", "win32", "qnum");

/* Linux's name and code, and the scan code of AT's set 1; with 0x80 that behind the prefix e0. By
 * Linux's code. */
#define KEY(name, scan) {"KEY_" #name, KEY_##name, scan}
static const struct {
    const char *name;
    unsigned code, scan;
} keys[] = {
    KEY(ESC, 0x01), KEY(1, 0x02), KEY(2, 0x03), KEY(3, 0x04), KEY(4, 0x05), KEY(5, 0x06),
    KEY(6, 0x07), KEY(7, 0x08), KEY(8, 0x09), KEY(9, 0x0a), KEY(0, 0x0b), KEY(MINUS, 0x0c),
    KEY(EQUAL, 0x0d), KEY(BACKSPACE, 0x0e), KEY(TAB, 0x0f), KEY(Q, 0x10), KEY(W, 0x11),
    KEY(E, 0x12), KEY(R, 0x13), KEY(T, 0x14), KEY(Y, 0x15), KEY(U, 0x16), KEY(I, 0x17),
    KEY(O, 0x18), KEY(P, 0x19), KEY(LEFTBRACE, 0x1a), KEY(RIGHTBRACE, 0x1b), KEY(ENTER, 0x1c),
    KEY(LEFTCTRL, 0x1d), KEY(A, 0x1e), KEY(S, 0x1f), KEY(D, 0x20), KEY(F, 0x21), KEY(G, 0x22),
    KEY(H, 0x23), KEY(J, 0x24), KEY(K, 0x25), KEY(L, 0x26), KEY(SEMICOLON, 0x27),
    KEY(APOSTROPHE, 0x28), KEY(GRAVE, 0x29), KEY(LEFTSHIFT, 0x2a), KEY(BACKSLASH, 0x2b),
    KEY(Z, 0x2c), KEY(X, 0x2d), KEY(C, 0x2e), KEY(V, 0x2f), KEY(B, 0x30), KEY(N, 0x31),
    KEY(M, 0x32), KEY(COMMA, 0x33), KEY(DOT, 0x34), KEY(SLASH, 0x35), KEY(RIGHTSHIFT, 0x36),
    KEY(KPASTERISK, 0x37), KEY(LEFTALT, 0x38), KEY(SPACE, 0x39), KEY(CAPSLOCK, 0x3a),
    KEY(F1, 0x3b), KEY(F2, 0x3c), KEY(F3, 0x3d), KEY(F4, 0x3e), KEY(F5, 0x3f), KEY(F6, 0x40),
    KEY(F7, 0x41), KEY(F8, 0x42), KEY(F9, 0x43), KEY(F10, 0x44), KEY(NUMLOCK, 0x45),
    KEY(SCROLLLOCK, 0x46), KEY(KP7, 0x47), KEY(KP8, 0x48), KEY(KP9, 0x49), KEY(KPMINUS, 0x4a),
    KEY(KP4, 0x4b), KEY(KP5, 0x4c), KEY(KP6, 0x4d), KEY(KPPLUS, 0x4e), KEY(KP1, 0x4f),
    KEY(KP2, 0x50), KEY(KP3, 0x51), KEY(KP0, 0x52), KEY(KPDOT, 0x53), KEY(ZENKAKUHANKAKU, 0x76),
    KEY(102ND, 0x56), KEY(F11, 0x57), KEY(F12, 0x58), KEY(RO, 0x73), KEY(KATAKANA, 0x78),
    KEY(HIRAGANA, 0x77), KEY(HENKAN, 0x79), KEY(KATAKANAHIRAGANA, 0x70), KEY(MUHENKAN, 0x7b),
    KEY(KPJPCOMMA, 0x5c), KEY(KPENTER, 0x9c), KEY(RIGHTCTRL, 0x9d), KEY(KPSLASH, 0xb5),
    KEY(SYSRQ, 0x54), KEY(RIGHTALT, 0xb8), KEY(LINEFEED, 0x5b), KEY(HOME, 0xc7), KEY(UP, 0xc8),
    KEY(PAGEUP, 0xc9), KEY(LEFT, 0xcb), KEY(RIGHT, 0xcd), KEY(END, 0xcf), KEY(DOWN, 0xd0),
    KEY(PAGEDOWN, 0xd1), KEY(INSERT, 0xd2), KEY(DELETE, 0xd3), KEY(MACRO, 0xef), KEY(MUTE, 0xa0),
    KEY(VOLUMEDOWN, 0xae), KEY(VOLUMEUP, 0xb0), KEY(POWER, 0xde), KEY(KPEQUAL, 0x59),
    KEY(KPPLUSMINUS, 0xce), KEY(PAUSE, 0xc6), KEY(SCALE, 0x8b), KEY(KPCOMMA, 0x7e),
    KEY(HANGEUL, 0x72), KEY(HANJA, 0x71), KEY(YEN, 0x7d), KEY(LEFTMETA, 0xdb),
    KEY(RIGHTMETA, 0xdc), KEY(COMPOSE, 0xdd), KEY(STOP, 0xe8), KEY(MENU, 0x9e), KEY(CALC, 0xa1),
    KEY(SLEEP, 0xdf), KEY(WAKEUP, 0xe3), KEY(WWW, 0x82), KEY(COFFEE, 0x92), KEY(MAIL, 0xec),
    KEY(BOOKMARKS, 0xe6), KEY(COMPUTER, 0xeb), KEY(BACK, 0xea), KEY(FORWARD, 0xe9),
    KEY(NEXTSONG, 0x99), KEY(PLAYPAUSE, 0xa2), KEY(PREVIOUSSONG, 0x90), KEY(STOPCD, 0xa4),
    KEY(HOMEPAGE, 0xb2), KEY(REFRESH, 0xe7), KEY(F13, 0x5d), KEY(F14, 0x5e), KEY(F15, 0x5f),
    KEY(F16, 0x55), KEY(F17, 0x83), KEY(F18, 0xf7), KEY(F19, 0x84), KEY(F20, 0x5a),
    KEY(F21, 0x74), KEY(F22, 0xf9), KEY(F23, 0x6d), KEY(F24, 0x6f), KEY(SEARCH, 0xe5),
};

int rv_key_from_name(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (strcmp(keys[i].name, name) == 0)
            return (int)keys[i].code;
    }
    return -1;
}

static int find_scan(RvKeySet set, unsigned code)
{
    enum { PREFIX = 0xe0, EXTENDED = 0x80 };
    if (set == RV_KEY_SET_QNUM)
        return code <= 0xff ? (int)code : -1;
    unsigned scan = (code >> 8) == PREFIX ? (code & 0xff) | EXTENDED : code;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (set == RV_KEY_SET_LINUX ? keys[i].code == code : keys[i].scan == scan)
            return (int)keys[i].scan;
    }
    return -1;
}

bool rv_key_to_scan(RvKeySet set, unsigned code, unsigned *ret_scan, GError **error)
{
    if (set != RV_KEY_SET_LINUX && set != RV_KEY_SET_ATSET1 && set != RV_KEY_SET_QNUM) {
        rv_error_set(error, RV_ERR_ARGUMENT_UNSUPPORTED, "keys of the codeset %s are not known",
                     rv_key_set_to_string(set));
        rv_error_remedy(error, "give them as linux, atset1 or qnum");
        return false;
    }
    int scan = find_scan(set, code);
    if (scan < 0) {
        rv_error_set(error, RV_ERR_INTERNAL,
                     "cannot translate keycode %u of %s codeset to qnum keycode", code,
                     rv_key_set_to_string(set));
        return false;
    }
    *ret_scan = (unsigned)scan;
    return true;
}
