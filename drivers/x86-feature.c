/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "drivers/x86-feature.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *ours, *qemu;
} names[] = {
    {"cmp_legacy", "cmp-legacy"},     {"ds_cpl", "ds-cpl"},         {"fxsr_opt", "fxsr-opt"},
    {"lahf_lm", "lahf-lm"},           {"nodeid_msr", "nodeid-msr"}, {"pclmuldq", "pclmulqdq"},
    {"perfctr_core", "perfctr-core"}, {"perfctr_nb", "perfctr-nb"}, {"tsc_adjust", "tsc-adjust"},
};

enum { EAX = RV_X86_EAX, EBX = RV_X86_EBX, ECX = RV_X86_ECX, EDX = RV_X86_EDX };

const RvX86Feature rv_x86_features[] = {
    {"3dnow", 0x80000001, 0, EDX, 31}, {"3dnowext", 0x80000001, 0, EDX, 30},
    {"3dnowprefetch", 0x80000001, 0, ECX, 8}, {"abm", 0x80000001, 0, ECX, 5},
    {"acpi", 0x1, 0, EDX, 22}, {"adx", 0x7, 0, EBX, 19}, {"aes", 0x1, 0, ECX, 25},
    {"amd-no-ssb", 0x80000008, 0, EBX, 26}, {"amd-ssbd", 0x80000008, 0, EBX, 24},
    {"amd-stibp", 0x80000008, 0, EBX, 15}, {"amx-bf16", 0x7, 0, EDX, 22},
    {"amx-int8", 0x7, 0, EDX, 25}, {"amx-tile", 0x7, 0, EDX, 24}, {"apic", 0x1, 0, EDX, 9},
    {"arat", 0x6, 0, EAX, 2}, {"arch-capabilities", 0x7, 0, EDX, 29}, {"arch-lbr", 0x7, 0, EDX, 19},
    {"avic", 0x8000000a, 0, EDX, 13}, {"avx", 0x1, 0, ECX, 28}, {"avx-vnni", 0x7, 1, EAX, 4},
    {"avx2", 0x7, 0, EBX, 5}, {"avx512-4fmaps", 0x7, 0, EDX, 3}, {"avx512-4vnniw", 0x7, 0, EDX, 2},
    {"avx512-bf16", 0x7, 1, EAX, 5}, {"avx512-fp16", 0x7, 0, EDX, 23},
    {"avx512-vp2intersect", 0x7, 0, EDX, 8}, {"avx512-vpopcntdq", 0x7, 0, ECX, 14},
    {"avx512bitalg", 0x7, 0, ECX, 12}, {"avx512bw", 0x7, 0, EBX, 30}, {"avx512cd", 0x7, 0, EBX, 28},
    {"avx512dq", 0x7, 0, EBX, 17}, {"avx512er", 0x7, 0, EBX, 27}, {"avx512f", 0x7, 0, EBX, 16},
    {"avx512ifma", 0x7, 0, EBX, 21}, {"avx512pf", 0x7, 0, EBX, 26}, {"avx512vbmi", 0x7, 0, ECX, 1},
    {"avx512vbmi2", 0x7, 0, ECX, 6}, {"avx512vl", 0x7, 0, EBX, 31}, {"avx512vnni", 0x7, 0, ECX, 11},
    {"bmi1", 0x7, 0, EBX, 3}, {"bmi2", 0x7, 0, EBX, 8}, {"bus-lock-detect", 0x7, 0, ECX, 24},
    {"cid", 0x1, 0, ECX, 10}, {"cldemote", 0x7, 0, ECX, 25}, {"clflush", 0x1, 0, EDX, 19},
    {"clflushopt", 0x7, 0, EBX, 23}, {"clwb", 0x7, 0, EBX, 24}, {"clzero", 0x80000008, 0, EBX, 0},
    {"cmov", 0x1, 0, EDX, 15}, {"cmp_legacy", 0x80000001, 0, ECX, 1}, {"cmt", 0x7, 0, EBX, 12},
    {"core-capability", 0x7, 0, EDX, 30}, {"cr8legacy", 0x80000001, 0, ECX, 4},
    {"cvt16", 0x80000001, 0, ECX, 18}, {"cx16", 0x1, 0, ECX, 13}, {"cx8", 0x1, 0, EDX, 8},
    {"dca", 0x1, 0, ECX, 18}, {"de", 0x1, 0, EDX, 2}, {"decodeassists", 0x8000000a, 0, EDX, 7},
    {"ds", 0x1, 0, EDX, 21}, {"ds_cpl", 0x1, 0, ECX, 4}, {"dtes64", 0x1, 0, ECX, 2},
    {"erms", 0x7, 0, EBX, 9}, {"est", 0x1, 0, ECX, 7}, {"extapic", 0x80000001, 0, ECX, 3},
    {"f16c", 0x1, 0, ECX, 29}, {"flushbyasid", 0x8000000a, 0, EDX, 6}, {"fma", 0x1, 0, ECX, 12},
    {"fma4", 0x80000001, 0, ECX, 16}, {"fpu", 0x1, 0, EDX, 0}, {"fsgsbase", 0x7, 0, EBX, 0},
    {"fsrm", 0x7, 0, EDX, 4}, {"fxsr", 0x1, 0, EDX, 24}, {"fxsr_opt", 0x80000001, 0, EDX, 25},
    {"gfni", 0x7, 0, ECX, 8}, {"hle", 0x7, 0, EBX, 4}, {"ht", 0x1, 0, EDX, 28},
    {"hypervisor", 0x1, 0, ECX, 31}, {"ia64", 0x1, 0, EDX, 30}, {"ibpb", 0x80000008, 0, EBX, 12},
    {"ibrs", 0x80000008, 0, EBX, 14}, {"ibrs-all", 0, 0, 0, 0}, {"ibs", 0x80000001, 0, ECX, 10},
    {"intel-pt", 0x7, 0, EBX, 25}, {"intel-pt-lip", 0x14, 0, ECX, 31}, {"invpcid", 0x7, 0, EBX, 10},
    {"invtsc", 0x80000007, 0, EDX, 8}, {"la57", 0x7, 0, ECX, 16},
    {"lahf_lm", 0x80000001, 0, ECX, 0}, {"lbrv", 0x8000000a, 0, EDX, 1},
    {"lm", 0x80000001, 0, EDX, 29}, {"lwp", 0x80000001, 0, ECX, 15}, {"mbm_local", 0xf, 1, EDX, 2},
    {"mbm_total", 0xf, 1, EDX, 1}, {"mca", 0x1, 0, EDX, 14}, {"mce", 0x1, 0, EDX, 7},
    {"md-clear", 0x7, 0, EDX, 10}, {"mds-no", 0, 0, 0, 0}, {"misalignsse", 0x80000001, 0, ECX, 7},
    {"mmx", 0x1, 0, EDX, 23}, {"mmxext", 0x80000001, 0, EDX, 22}, {"monitor", 0x1, 0, ECX, 3},
    {"movbe", 0x1, 0, ECX, 22}, {"movdir64b", 0x7, 0, ECX, 28}, {"movdiri", 0x7, 0, ECX, 27},
    {"mpx", 0x7, 0, EBX, 14}, {"msr", 0x1, 0, EDX, 5}, {"mtrr", 0x1, 0, EDX, 12},
    {"nodeid_msr", 0x80000001, 0, ECX, 19}, {"npt", 0x8000000a, 0, EDX, 0},
    {"nrip-save", 0x8000000a, 0, EDX, 3}, {"nx", 0x80000001, 0, EDX, 20}, {"ospke", 0x7, 0, ECX, 4},
    {"osvw", 0x80000001, 0, ECX, 9}, {"osxsave", 0x1, 0, ECX, 27}, {"pae", 0x1, 0, EDX, 6},
    {"pat", 0x1, 0, EDX, 16}, {"pause-filter", 0x8000000a, 0, EDX, 10}, {"pbe", 0x1, 0, EDX, 31},
    {"pcid", 0x1, 0, ECX, 17}, {"pclmuldq", 0x1, 0, ECX, 1}, {"pcommit", 0x7, 0, EBX, 22},
    {"pconfig", 0x7, 0, EDX, 18}, {"pdcm", 0x1, 0, ECX, 15}, {"pdpe1gb", 0x80000001, 0, EDX, 26},
    {"perfctr_core", 0x80000001, 0, ECX, 23}, {"perfctr_nb", 0x80000001, 0, ECX, 24},
    {"pfthreshold", 0x8000000a, 0, EDX, 12}, {"pge", 0x1, 0, EDX, 13}, {"pks", 0x7, 0, ECX, 31},
    {"pku", 0x7, 0, ECX, 3}, {"pn", 0x1, 0, EDX, 18}, {"pni", 0x1, 0, ECX, 0},
    {"popcnt", 0x1, 0, ECX, 23}, {"pschange-mc-no", 0, 0, 0, 0}, {"pse", 0x1, 0, EDX, 3},
    {"pse36", 0x1, 0, EDX, 17}, {"rdctl-no", 0, 0, 0, 0}, {"rdpid", 0x7, 0, ECX, 22},
    {"rdrand", 0x1, 0, ECX, 30}, {"rdseed", 0x7, 0, EBX, 18}, {"rdtscp", 0x80000001, 0, EDX, 27},
    {"rsba", 0, 0, 0, 0}, {"rtm", 0x7, 0, EBX, 11}, {"sep", 0x1, 0, EDX, 11},
    {"serialize", 0x7, 0, EDX, 14}, {"sgx", 0x7, 0, EBX, 2}, {"sgx-debug", 0x12, 1, EAX, 1},
    {"sgx-exinfo", 0x12, 0, EBX, 0}, {"sgx-kss", 0x12, 1, EAX, 7}, {"sgx-mode64", 0x12, 1, EAX, 2},
    {"sgx-provisionkey", 0x12, 1, EAX, 4}, {"sgx-tokenkey", 0x12, 1, EAX, 5},
    {"sgx1", 0x12, 0, EAX, 0}, {"sgx2", 0x12, 0, EAX, 1}, {"sgxlc", 0x7, 0, ECX, 30},
    {"sha-ni", 0x7, 0, EBX, 29}, {"skinit", 0x80000001, 0, ECX, 12},
    {"skip-l1dfl-vmentry", 0, 0, 0, 0}, {"smap", 0x7, 0, EBX, 20}, {"smep", 0x7, 0, EBX, 7},
    {"smx", 0x1, 0, ECX, 6}, {"spec-ctrl", 0x7, 0, EDX, 26}, {"split-lock-detect", 0, 0, 0, 0},
    {"ss", 0x1, 0, EDX, 27}, {"ssb-no", 0, 0, 0, 0}, {"ssbd", 0x7, 0, EDX, 31},
    {"sse", 0x1, 0, EDX, 25}, {"sse2", 0x1, 0, EDX, 26}, {"sse4.1", 0x1, 0, ECX, 19},
    {"sse4.2", 0x1, 0, ECX, 20}, {"sse4a", 0x80000001, 0, ECX, 6}, {"ssse3", 0x1, 0, ECX, 9},
    {"stibp", 0x7, 0, EDX, 27}, {"svm", 0x80000001, 0, ECX, 2}, {"svm-lock", 0x8000000a, 0, EDX, 2},
    {"svme-addr-chk", 0x8000000a, 0, EDX, 28}, {"syscall", 0x80000001, 0, EDX, 11},
    {"taa-no", 0, 0, 0, 0}, {"tbm", 0x80000001, 0, ECX, 21}, {"tce", 0x80000001, 0, ECX, 17},
    {"tm", 0x1, 0, EDX, 29}, {"tm2", 0x1, 0, ECX, 8}, {"topoext", 0x80000001, 0, ECX, 22},
    {"tsc", 0x1, 0, EDX, 4}, {"tsc-deadline", 0x1, 0, ECX, 24},
    {"tsc-scale", 0x8000000a, 0, EDX, 4}, {"tsc_adjust", 0x7, 0, EBX, 1}, {"tsx-ctrl", 0, 0, 0, 0},
    {"tsx-ldtrk", 0x7, 0, EDX, 16}, {"umip", 0x7, 0, ECX, 2},
    {"v-vmsave-vmload", 0x8000000a, 0, EDX, 15}, {"vaes", 0x7, 0, ECX, 9},
    {"vgif", 0x8000000a, 0, EDX, 16}, {"virt-ssbd", 0x80000008, 0, EBX, 25},
    {"vmcb-clean", 0x8000000a, 0, EDX, 5}, {"vme", 0x1, 0, EDX, 1}, {"vmx", 0x1, 0, ECX, 5},
    {"vpclmulqdq", 0x7, 0, ECX, 10}, {"waitpkg", 0x7, 0, ECX, 5},
    {"wbnoinvd", 0x80000008, 0, EBX, 9}, {"wdt", 0x80000001, 0, ECX, 13},
    {"x2apic", 0x1, 0, ECX, 21}, {"xfd", 0xd, 1, EAX, 4}, {"xgetbv1", 0xd, 1, EAX, 2},
    {"xop", 0x80000001, 0, ECX, 11}, {"xsave", 0x1, 0, ECX, 26}, {"xsavec", 0xd, 1, EAX, 1},
    {"xsaveerptr", 0x80000008, 0, EBX, 2}, {"xsaveopt", 0xd, 1, EAX, 0}, {"xsaves", 0xd, 1, EAX, 3},
    {"xtpr", 0x1, 0, ECX, 14},
};
const size_t rv_x86_features_len = G_N_ELEMENTS(rv_x86_features);

static int compare(const void *key, const void *item)
{
    return strcmp(key, ((const RvX86Feature *)item)->name);
}

const char *rv_x86_feature_from_qemu(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i].qemu) == 0)
            return names[i].ours;
    }
    const RvX86Feature *found = bsearch(name, rv_x86_features, rv_x86_features_len,
                                         sizeof(rv_x86_features[0]), compare);
    return found ? found->name : NULL;
}

const char *rv_x86_feature_to_qemu(const char *name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (strcmp(name, names[i].ours) == 0)
            return names[i].qemu;
    }
    return name;
}

bool rv_x86_feature_is_in(const RvX86Feature *feature, json_t *words)
{
    static const char *const registers[] = {"EAX", "EBX", "ECX", "EDX"};
    size_t i;
    json_t *word;
    json_array_foreach(words, i, word) {
        json_int_t leaf, subleaf = 0, bits;
        const char *name;
        if (json_unpack(word, "{s:I, s?I, s:s, s:I}", "cpuid-input-eax", &leaf, "cpuid-input-ecx",
                        &subleaf, "cpuid-register", &name, "features", &bits) == 0 &&
            leaf == feature->leaf && subleaf == feature->subleaf &&
            strcmp(name, registers[feature->reg]) == 0)
            return bits >> feature->bit & 1;
    }
    return false;
}
