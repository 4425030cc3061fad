/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/x86-model.h"

#include <string.h>

#include "drivers/x86-feature.h"

/* What each has beside an earlier one of the table, and ("-") has not. */
static const struct {
    const char *name, *like, *features, *removed;
} models[] = {
    {"486", NULL, "fpu pse vme"},
    {"pentium", "486", "cx8 de mce mmx msr tsc"},
    {"pentiumpro", "pentium", "apic cmov fxsr pae pat pge sep sse sse2 -vme"},
    {"pentium2", "pentiumpro", "mca mtrr pse36 vme -apic -sse -sse2"},
    {"qemu32", "pentiumpro", "pni"},
    {"pentium3", "pentium2", "sse"},
    {"kvm32", "qemu32", "clflush mca mtrr pse36"},
    {"athlon", "pentiumpro", "3dnow 3dnowext mmxext mtrr pse36 vme"},
    {"coreduo", "kvm32", "monitor nx vme -pse36"},
    {"Opteron_G1", "kvm32", "lm nx syscall"},
    {"cpu64-rhel5", "Opteron_G1", ""},
    {"n270", "coreduo", "ssse3"},
    {"kvm64", "Opteron_G1", "cx16"},
    {"Conroe", "Opteron_G1", "lahf_lm ssse3"},
    {"cpu64-rhel6", "kvm64", "lahf_lm"},
    {"qemu64", "kvm64", "svm"},
    {"core2duo", "Opteron_G1", "monitor ssse3 vme"},
    {"Opteron_G2", "cpu64-rhel6", "rdtscp svm"},
    {"Penryn", "Conroe", "cx16 sse4.1"},
    {"Nehalem", "Penryn", "popcnt sse4.2"},
    {"phenom", "Opteron_G1", "3dnow 3dnowext fxsr_opt mmxext monitor svm"},
    {"Nehalem-IBRS", "Nehalem", "spec-ctrl"},
    {"Westmere", "Nehalem", "aes"},
    {"Opteron_G3", "Opteron_G2", "abm misalignsse popcnt sse4a", "monitor"},
    {"Westmere-IBRS", "Nehalem-IBRS", "aes"},
    {"SandyBridge", "Westmere", "avx pclmuldq rdtscp tsc-deadline x2apic xsave"},
    {"SandyBridge-IBRS", "SandyBridge", "spec-ctrl"},
    {"IvyBridge", "SandyBridge", "erms f16c fsgsbase rdrand smep vme"},
    {"Opteron_G4", "SandyBridge",
     "3dnowprefetch abm fma4 misalignsse pdpe1gb sse4a svm xop -tsc-deadline -x2apic"},
    {"IvyBridge-IBRS", "IvyBridge", "spec-ctrl"},
    {"Opteron_G5", "Opteron_G4", "f16c fma tbm"},
    {"Haswell-noTSX", "SandyBridge", "avx2 bmi1 bmi2 erms fma fsgsbase invpcid movbe pcid smep"},
    {"Haswell-noTSX-IBRS", "Haswell-noTSX", "spec-ctrl"},
    {"Haswell", "Haswell-noTSX", "hle rtm"},
    {"Haswell-IBRS", "Haswell", "spec-ctrl"},
    {"Broadwell-noTSX", "Haswell-noTSX", "3dnowprefetch adx rdseed smap"},
    {"Broadwell-noTSX-IBRS", "Broadwell-noTSX", "spec-ctrl"},
    {"Broadwell", "Broadwell-noTSX", "hle rtm"},
    {"Broadwell-IBRS", "Broadwell", "spec-ctrl"},
    {"Skylake-Client-noTSX-IBRS", "Broadwell-noTSX-IBRS",
     "abm arat f16c mpx rdrand vme xgetbv1 xsavec xsaveopt"},
    {"Dhyana", "Skylake-Client-noTSX-IBRS",
     "clflushopt cr8legacy fxsr_opt ibpb misalignsse mmxext osvw pdpe1gb sse4a svm -aes "
     "-erms -invpcid -mpx -pcid -pclmuldq -spec-ctrl -tsc-deadline -x2apic", "monitor"},
    {"Skylake-Client", "Skylake-Client-noTSX-IBRS", "hle rtm -spec-ctrl"},
    {"Skylake-Client-IBRS", "Skylake-Client", "spec-ctrl"},
    {"Snowridge", "IvyBridge-IBRS",
     "3dnowprefetch arat arch-capabilities cldemote clflushopt clwb core-capability gfni "
     "movbe movdir64b movdiri pdpe1gb rdseed sha-ni smap split-lock-detect ssbd umip "
     "xgetbv1 xsavec xsaveopt -avx -f16c"},
    {"EPYC", "Dhyana", "aes pclmuldq sha-ni -ibpb", "monitor"},
    {"EPYC-IBPB", "EPYC", "ibpb", "monitor"},
    {"Skylake-Server-noTSX-IBRS", "Skylake-Client-noTSX-IBRS",
     "avx512bw avx512cd avx512dq avx512f avx512vl clwb pdpe1gb"},
    {"Skylake-Server", "Skylake-Server-noTSX-IBRS", "hle rtm -spec-ctrl"},
    {"Skylake-Server-IBRS", "Skylake-Server", "spec-ctrl"},
    {"Cascadelake-Server-noTSX", "Skylake-Server-noTSX-IBRS", "avx512vnni clflushopt ssbd"},
    {"Cascadelake-Server", "Cascadelake-Server-noTSX", "hle rtm"},
    {"Icelake-Client-noTSX", "Skylake-Client-noTSX-IBRS",
     "avx512-vpopcntdq avx512bitalg avx512vbmi avx512vbmi2 avx512vnni gfni pku ssbd umip "
     "vaes vpclmulqdq wbnoinvd", "intel-pt"},
    {"EPYC-Rome", "EPYC-IBPB",
     "amd-stibp clwb clzero npt nrip-save perfctr_core rdpid umip wbnoinvd xsaveerptr"},
    {"Icelake-Client", "Icelake-Client-noTSX", "hle rtm", "intel-pt"},
    {"Cooperlake", "Cascadelake-Server",
     "arch-capabilities avx512-bf16 ibrs-all mds-no pku pschange-mc-no rdctl-no "
     "skip-l1dfl-vmentry stibp taa-no -mpx"},
    {"Icelake-Server-noTSX", "Icelake-Client-noTSX",
     "avx512bw avx512cd avx512dq avx512f avx512vl clflushopt clwb la57 pdpe1gb", "intel-pt"},
    {"EPYC-Milan", "EPYC-Rome", "amd-ssbd erms fsrm ibrs invpcid pcid pku svme-addr-chk xsaves"},
    {"Icelake-Server", "Icelake-Server-noTSX", "hle rtm", "intel-pt"},
};

static int find(const char *name)
{
    for (int i = 0; i < (int)G_N_ELEMENTS(models); i++) {
        if (g_strcmp0(models[i].name, name) == 0)
            return i;
    }
    return -1;
}

static void add(GHashTable *set, int model)
{
    if (models[model].like)
        add(set, find(models[model].like));
    g_auto(GStrv) words = g_strsplit(models[model].features, " ", -1);
    for (char **word = words; *word; word++) {
        const char *feature = rv_x86_feature_from_qemu(**word == '-' ? *word + 1 : *word);
        if (!feature)
            continue;
        if (**word == '-')
            g_hash_table_remove(set, feature);
        else
            g_hash_table_add(set, (char *)feature);
    }
}

const char *rv_x86_model_name(size_t index)
{
    return index < G_N_ELEMENTS(models) ? models[index].name : NULL;
}

GHashTable *rv_x86_model_features(const char *model)
{
    int found = find(model);
    if (found < 0)
        return NULL;
    GHashTable *set = g_hash_table_new(g_str_hash, g_str_equal);
    add(set, found);
    return set;
}

const char *rv_x86_model_removed(const char *model)
{
    int found = find(model);
    return found < 0 ? NULL : models[found].removed;
}
