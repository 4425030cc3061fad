/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/*
 * The JSON documents of an image, read from memory: the index and the manifest of an OCI image
 * layout (image-spec 1.0), Docker's names of the same, the configuration, and the manifest.json of
 * `docker save`. Whoever wrote them is not trusted: each is at most RV_OCI_DOCUMENT_MAX bytes, no
 * key may come twice, and what is needed must be there and be of its type. No I/O.
 */

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    RV_OCI_DOCUMENT_MAX = 1 << 20,
    RV_OCI_LAYERS_MAX = 127, /* as many as overlayfs is asked to stack */
};

typedef enum { RV_OCI_OTHER, RV_OCI_INDEX, RV_OCI_MANIFEST } RvOciKind;
typedef enum { RV_LAYER_PLAIN, RV_LAYER_GZIP, RV_LAYER_ZSTD } RvLayerFormat;

typedef struct {
    RvOciKind kind;
    char *media_type; /* NULL: not said */
    char *digest;     /* without "sha256:" */
    uint64_t size;
    char *name;       /* org.opencontainers.image.ref.name, or NULL */
    char *os, *architecture; /* NULL: not said */
    RvLayerFormat format;    /* of a layer */
} RvOciDescriptor;

void rv_oci_descriptor_free(RvOciDescriptor *descriptor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvOciDescriptor, rv_oci_descriptor_free)

typedef struct {
    RvOciDescriptor *config;
    GPtrArray *layers; /* RvOciDescriptor, lowest first */
} RvOciManifest;

void rv_oci_manifest_free(RvOciManifest *manifest);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvOciManifest, rv_oci_manifest_free)

/* What `docker save` writes of one image. */
typedef struct {
    char *config;      /* path in the archive */
    GPtrArray *layers; /* char *, paths, lowest first */
    GPtrArray *names;  /* char *, "name:tag" */
} RvDockerImage;

void rv_docker_image_free(RvDockerImage *image);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvDockerImage, rv_docker_image_free)

/* How the health of a container is asked for; times in ns, 0: not said. */
typedef struct {
    GPtrArray *test; /* char *: "CMD", ... or "CMD-SHELL", "..." or "NONE"; empty: not said */
    int64_t interval, timeout, start_period;
    int retries;
} RvImageHealth;

/* How an image wants to be run. Texts are NULL and lists empty where it does not say. */
typedef struct {
    char *os, *architecture;
    char *created;          /* RFC 3339, as it was found */
    GPtrArray *diff_ids;    /* char *, digests of the unpacked layers, lowest first */
    GPtrArray *entrypoint, *cmd; /* char * */
    GPtrArray *env;              /* char *: NAME=VALUE */
    char *user;                  /* "name", "uid", "name:group", "uid:gid", ... */
    char *working_dir;           /* absolute */
    char *stop_signal;           /* "SIGTERM", "15", ... */
    GPtrArray *volumes;          /* char *, absolute paths */
    GPtrArray *ports;            /* char *: "80/tcp" */
    RvImageHealth health;
} RvImageConfig;

void rv_image_config_free(RvImageConfig *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RvImageConfig, rv_image_config_free)

/* All of these: NULL and an error that names the document and the place. */
GPtrArray *rv_oci_parse_index(const char *text, size_t len, GError **error); /* RvOciDescriptor */
RvOciManifest *rv_oci_parse_manifest(const char *text, size_t len, GError **error);
RvImageConfig *rv_oci_parse_config(const char *text, size_t len, GError **error);
GPtrArray *rv_docker_parse_manifest(const char *text, size_t len, GError **error); /* RvDockerImage */
