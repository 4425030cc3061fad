/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "model/graphics.h"

RV_ENUM(rv_graphics_type, RvGraphicsType, RV_GRAPHICS_LAST, "sdl", "vnc", "spice");
