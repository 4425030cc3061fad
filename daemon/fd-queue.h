/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * File descriptors that leave on a UNIX socket with certain bytes of what is sent there: each with
 * one byte of its own, as libvirt's protocol has it. Embedded; all zero is an empty one.
 */

#include <glib.h>
#include <stdint.h>
#include <sys/types.h>

#include "wire/buffer.h"

typedef struct {
    uint64_t sent; /* bytes that have left, of all that there ever were */
    GQueue fds;
} RvFdQueue;

void rv_fd_queue_clear(RvFdQueue *queue); /* closes those that have not left */

/* Appends a byte to `out` that a copy of `fd` leaves with. */
void rv_fd_queue_add(RvFdQueue *queue, int fd, RvBuffer *out);

/* Sends what stands at the front of `out`, as send(2) does, which the caller then consumes. */
ssize_t rv_fd_queue_send(RvFdQueue *queue, int socket, const RvBuffer *out);
