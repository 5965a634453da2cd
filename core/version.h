/*
 * The version that every program and every batch names.
 * SPDX-License-Identifier: Apache-2.0
 */
#ifndef CORE_VERSION_H
#define CORE_VERSION_H

#define TAPLINE_VERSION "0.1.0"

#endif
