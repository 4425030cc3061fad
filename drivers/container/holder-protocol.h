/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * What the daemon and the holder of consoles say to each other: one message each way on a
 * SOCK_SEQPACKET socket, descriptors beside it. A key is "UUID ALIAS"; a prefix of keys "UUID".
 */

#include <stdint.h>

typedef enum {
    HOLDER_ADD,    /* key; a terminal's master and a log: keep them */
    HOLDER_ATTACH, /* key; a stream socket: who is connected to the console */
    HOLDER_DROP,   /* prefix: forget all of them */
    HOLDER_HAS,    /* key: whether it is kept */
    HOLDER_KEEP,   /* key; any descriptor: keep it open */
    HOLDER_LEND,   /* key: a copy of that, beside the answer */
} HolderVerb;

typedef struct {
    uint32_t verb;
    char key[124]; /* ends with NUL */
} HolderRequest;

typedef struct {
    int32_t error; /* an errno, or 0 */
} HolderAnswer;

enum { HOLDER_LISTEN_FD = 3, HOLDER_MAX_FDS = 2 };
