/* SPDX-License-Identifier: LGPL-2.1-or-later */

/*
 * The shortest edit script after Myers ("An O(ND) Difference Algorithm and Its Variations"): for
 * each number of edits the furthest points that can be reached are kept, so that the way back can
 * be read from them. Texts too different for that are shown as one replaced by the other.
 */
#include "cli/line-diff.h"

#include <stdbool.h>
#include <string.h>

#define CONTEXT 3
#define EDITS_MAX 2000 /* its square is what is kept */

typedef enum { KEEP = ' ', DROP = '-', ADD = '+' } Kind;

typedef struct {
    Kind kind;
    size_t old_line, new_line; /* indices; of the side it is on */
} Step;

typedef struct {
    GPtrArray *old_lines, *new_lines; /* char *, without the line end */
    bool old_open, new_open;          /* the last line has no end */
    GArray *steps;                    /* Step, from first to last */
} Diff;

static GPtrArray *split(const char *text, bool *ret_open)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    size_t len = strlen(text);
    *ret_open = len && text[len - 1] != '\n';
    while (*text) {
        size_t n = strcspn(text, "\n");
        g_ptr_array_add(lines, g_strndup(text, n));
        text += n + (text[n] == '\n');
    }
    return lines;
}

/* A last line without an end differs from one with it. */
static bool same(const Diff *diff, size_t x, size_t y)
{
    bool old_open = diff->old_open && x + 1 == diff->old_lines->len;
    bool new_open = diff->new_open && y + 1 == diff->new_lines->len;
    return old_open == new_open && !strcmp(g_ptr_array_index(diff->old_lines, x),
                                           g_ptr_array_index(diff->new_lines, y));
}

static void add_step(Diff *diff, Kind kind, size_t x, size_t y)
{
    Step step = {.kind = kind, .old_line = x, .new_line = y};
    g_array_append_val(diff->steps, step);
}

/* Walks back from the end over the furthest points of each round. */
static void trace_back(Diff *diff, GPtrArray *rounds)
{
    long x = (long)diff->old_lines->len, y = (long)diff->new_lines->len;
    for (long d = (long)rounds->len - 1; d >= 0; d--) {
        const long *furthest = (const long *)g_ptr_array_index(rounds, d) + d + 1;
        long k = x - y;
        bool down = k == -d || (k != d && furthest[k - 1] < furthest[k + 1]);
        long before_k = down ? k + 1 : k - 1;
        long before_x = furthest[before_k], before_y = before_x - before_k;
        while (x > MAX(before_x, 0) && y > MAX(before_y, 0))
            x--, y--, add_step(diff, KEEP, (size_t)x, (size_t)y);
        if (d == 0)
            break;
        if (down)
            add_step(diff, ADD, (size_t)before_x, (size_t)before_y);
        else
            add_step(diff, DROP, (size_t)before_x, (size_t)before_y);
        x = before_x;
        y = before_y;
    }
    /* They were found from last to first. */
    for (guint i = 0; i < diff->steps->len / 2; i++) {
        Step *a = &g_array_index(diff->steps, Step, i);
        Step *b = &g_array_index(diff->steps, Step, diff->steps->len - 1 - i);
        Step spare = *a;
        *a = *b;
        *b = spare;
    }
}

/* One round: the furthest points with `d` edits. True: the end of both texts is among them. */
static bool advance(const Diff *diff, long *furthest, long d)
{
    long old_len = (long)diff->old_lines->len, new_len = (long)diff->new_lines->len;
    for (long k = -d; k <= d; k += 2) {
        bool down = k == -d || (k != d && furthest[k - 1] < furthest[k + 1]);
        long x = down ? furthest[k + 1] : furthest[k - 1] + 1;
        long y = x - k;
        while (x < old_len && y < new_len && same(diff, (size_t)x, (size_t)y))
            x++, y++;
        furthest[k] = x;
        if (x >= old_len && y >= new_len)
            return true;
    }
    return false;
}

static bool find_steps(Diff *diff)
{
    long max = (long)MIN(diff->old_lines->len + diff->new_lines->len, (guint)EDITS_MAX);
    g_autofree long *memory = g_new0(long, 2 * (size_t)max + 3);
    long *furthest = memory + max + 1;
    g_autoptr(GPtrArray) rounds = g_ptr_array_new_with_free_func(g_free);
    for (long d = 0; d <= max; d++) {
        /* What was known before this round, from -d-1 to d+1. */
        g_ptr_array_add(rounds, g_memdup2(furthest - d - 1, (2 * (size_t)d + 3) * sizeof(long)));
        if (advance(diff, furthest, d)) {
            trace_back(diff, rounds);
            return true;
        }
    }
    return false;
}

static void replace_all(Diff *diff)
{
    for (size_t x = 0; x < diff->old_lines->len; x++)
        add_step(diff, DROP, x, 0);
    for (size_t y = 0; y < diff->new_lines->len; y++)
        add_step(diff, ADD, diff->old_lines->len, y);
}

static void append_line(GString *out, const Diff *diff, const Step *step)
{
    bool is_new = step->kind == ADD;
    const GPtrArray *lines = is_new ? diff->new_lines : diff->old_lines;
    size_t index = is_new ? step->new_line : step->old_line;
    bool open = (is_new ? diff->new_open : diff->old_open) && index + 1 == lines->len;
    g_string_append_printf(out, "%c%s\n%s", step->kind,
                           (const char *)g_ptr_array_index(lines, index),
                           open ? "\\ No newline at end of file\n" : "");
}

/* "3,4": a range of lines; an empty one is named by the line before it. */
static void append_range(GString *out, size_t first, size_t count)
{
    g_string_append_printf(out, "%zu", count ? first + 1 : first);
    if (count != 1)
        g_string_append_printf(out, ",%zu", count);
}

static void append_hunk(GString *out, const Diff *diff, guint begin, guint end)
{
    const Step *steps = (const Step *)(const void *)diff->steps->data;
    size_t old_count = 0, new_count = 0;
    for (guint i = begin; i < end; i++) {
        old_count += steps[i].kind != ADD;
        new_count += steps[i].kind != DROP;
    }
    g_string_append(out, "@@ -");
    append_range(out, steps[begin].old_line, old_count);
    g_string_append(out, " +");
    append_range(out, steps[begin].new_line, new_count);
    g_string_append(out, " @@\n");
    for (guint i = begin; i < end; i++)
        append_line(out, diff, &steps[i]);
}

/* The index behind the last change that belongs to a hunk that begins with one at `first`. */
static guint last_change(const Diff *diff, guint first)
{
    guint last = first;
    for (guint i = first; i < diff->steps->len && i - last <= 2 * CONTEXT + 1; i++) {
        if (g_array_index(diff->steps, Step, i).kind != KEEP)
            last = i;
    }
    return last + 1;
}

char *rv_line_diff(const char *old_name, const char *old_text, const char *new_name,
                   const char *new_text)
{
    Diff diff = {.steps = g_array_new(FALSE, FALSE, sizeof(Step))};
    diff.old_lines = split(old_text, &diff.old_open);
    diff.new_lines = split(new_text, &diff.new_open);
    if (!find_steps(&diff))
        replace_all(&diff);

    GString *out = g_string_new(NULL);
    guint shown = 0; /* steps before it are printed */
    for (guint i = 0; i < diff.steps->len; i++) {
        if (g_array_index(diff.steps, Step, i).kind == KEEP)
            continue;
        if (!out->len)
            g_string_append_printf(out, "--- %s\n+++ %s\n", old_name, new_name);
        guint begin = MAX(i, shown + CONTEXT) - CONTEXT;
        guint changes_end = last_change(&diff, i);
        guint end = MIN(changes_end + CONTEXT, diff.steps->len);
        append_hunk(out, &diff, begin, end);
        shown = end;
        i = changes_end - 1;
    }
    g_ptr_array_unref(diff.old_lines);
    g_ptr_array_unref(diff.new_lines);
    g_array_unref(diff.steps);
    return g_string_free(out, FALSE);
}
