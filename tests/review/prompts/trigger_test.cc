#include "review/prompts/trigger.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace patchmilter::review {
namespace {

int MatchIn(std::string_view trigger, const std::string& path,
            const std::string& lines, const std::string& old_path = "") {
  Touched touched;
  touched.files.push_back({path, old_path, lines});
  const std::vector<FileWords> words = WordsOf(touched);
  return Trigger::Parse(trigger).Match(words[0]);
}

struct Case {
  std::string_view trigger;
  const char* path;
  const char* lines;
  bool fires;
};

class TriggerForm : public ::testing::TestWithParam<Case> {};

TEST_P(TriggerForm, MatchesWholeThings) {
  const Case& each = GetParam();
  EXPECT_EQ(MatchIn(each.trigger, each.path, each.lines) > 0, each.fires)
      << "trigger \"" << each.trigger << "\" on " << each.path << ":\n"
      << each.lines;
}

constexpr Case kPaths[] = {
    {"net/", "net/core/dev.c", "", true},
    {"net/", "drivers/net/tun.c", "", false},
    {"net/", "netfilter/x.c", "", false},
    {"`drivers/pci/`", "drivers/pci/pci.c", "", true},
    {"tools/testing/selftests/bpf", "tools/testing/selftests/bpf/a.c", "",
     true},
    {"tools/testing/selftests/bpf", "tools/testing/selftests/bpf_more/a.c", "",
     false},
    {"mm/slub.c", "mm/slub.c", "", true},
    {"mm/slub.c", "mm/slub.cc", "", false},
    {"mm/slub.c", "tools/mm/slub.c", "", false},
    {"/mm/slub.c", "mm/slub.c", "", true},
    {"fs/*.c", "fs/namei.c", "", true},
    {"fs/*.c", "fs/ext4/inode.c", "", false},
    {"fs/nfsd/*", "fs/nfsd/vfs.c", "", true},
    {"fs/nfsd/*", "fs/nfsd/deep/er.c", "", true},
    {"fs/nfsd/*", "fs/nfsdx/vfs.c", "", false},
    {"include/linux/kvm*", "include/linux/kvm_host.h", "", true},
    {"include/linux/kvm*", "include/linux/akvm.h", "", false},
    {"arch/arm64/include/asm/kvm.*\\.h", "arch/arm64/include/asm/kvm_mmu.h", "",
     true},
    {"arch/arm64/include/asm/kvm.*\\.h", "arch/arm64/include/asm/kvm_mmu.hx",
     "", false},
    {"arch/arm64/include/asm/kvm.*\\.h", "x/arch/arm64/include/asm/kvm.h", "",
     false},
    {"decode.c", "tools/objtool/arch/x86/decode.c", "", true},
    {"decode.c", "lib/predecode.c", "", false},
    {"Kconfig", "drivers/gpu/Kconfig", "", true},
    {"Kconfig", "lib/Kconfig.debug", "", true},
    {"Kconfig", "scripts/kconfig/conf.c", "", false},
    {"Kconfig", "a/MyKconfig", "", false},
    {"Makefile", "Makefile", "", true},
    {"*.yaml in devicetree", "Documentation/devicetree/bindings/x/y.yaml", "",
     true},
    {"*.yaml in devicetree", "Documentation/netlink/specs/rt.yaml", "", false},
    {"*.yaml in devicetree", "Documentation/devicetree/usage.rst", "", false},
    {"`*.dts` in arch/arm/", "arch/arm/boot/x.dts", "", true},
    {"`*.dts` in arch/arm/", "arch/arm64/boot/x.dts", "", false},
    {".*_test\\.c", "lib/list_test.c", "", true},
    {".*_test\\.c", "lib/list_testx.c", "", false},
};
INSTANTIATE_TEST_SUITE_P(Paths, TriggerForm, ::testing::ValuesIn(kPaths));

constexpr Case kIdentifiers[] = {
    {"skb_", "a.c", "\tskb_put(skb, 4);\n", true},
    {"skb_", "a.c", "\tpskb_put(skb, 4);\n", false},
    {"skb_", "a.c", "\tmy_skb_put(skb, 4);\n", false},
    {"`pm_runtime_`", "a.c", "__pm_runtime_idle(dev);\n", false},
    {"net_device_ops", "a.c", "const struct net_device_ops ops;\n", true},
    {"net_device_ops", "a.c", "my_net_device_ops = x;\n", false},
    {"inode", "a.c", "\tinode->i_size = 0;\n", true},
    {"inode", "a.c", "\tinodes->n = 0;\n", false},
    {"spin_lock*", "a.c", "spin_lock_irqsave(&l, f);\n", true},
    {"spin_lock*", "a.c", "raw_spin_lock(&l);\n", false},
    {"*seqcount*", "a.c", "write_seqcount_begin(&s);\n", true},
    {"SNMP_*_STATS", "a.c", "SNMP_INC_STATS(net);\n", true},
    {"SNMP_*_STATS", "a.c", "SNMP_INC_STATS64(net);\n", false},
    {"`call_rcu(`", "a.c", "\tcall_rcu(&x->rcu, f);\n", true},
    {"`call_rcu(`", "a.c", "\tcall_rcu (&x->rcu, f);\n", true},
    {"`call_rcu(`", "a.c", "\tp = call_rcu;\n", false},
    {"`call_rcu(`", "a.c", "\tmy_call_rcu(p);\n", false},
    {"kfree_rcu()", "a.c", "\tkfree_rcu(p, rcu);\n", true},
    {"`guard(`", "a.c", "\tguard(mutex)(&m);\n", true},
    {"`guard(`", "a.c", "\tsafeguard(x);\n", false},
    {"__free", "a.c", "char *p __free(kfree) = NULL;\n", true},
    {"SYSCALL_DEFINE", "a.c", "SYSCALL_DEFINE3(read, int, fd)\n", true},
    {"SYSCALL_DEFINE", "a.c", "COMPAT_SYSCALL_DEFINE3(read)\n", false},
    {"kvm_(get|put)_[a-z]+", "a.c", "kvm_get_page(x);\n", true},
    {"kvm_(get|put)_[a-z]+", "a.c", "kvm_get_page2(x);\n", false},
    // A plain word is also the name of a directory or a file.
    {"nvme", "drivers/nvme/host/pci.c", "", true},
    {"vmscan", "mm/vmscan.c", "", true},
    {"nvme", "drivers/nvmem/core.c", "", false},
};
INSTANTIATE_TEST_SUITE_P(Identifiers, TriggerForm,
                         ::testing::ValuesIn(kIdentifiers));

constexpr Case kOthers[] = {
    // Words that begin lines of Kconfig say nothing of C.
    {"`bool `", "a.c", "\tbool enabled;\n", false},
    {"`bool `", "a.c", "bool foo(void)\n", false},
    {"`config `", "a.c", "config = NULL;\n", false},
    {"`depends on `", "a.c", "depends on luck\n", false},
    {"`YNL-GEN`", "a.c", "/* YNL-GEN kernel source */\n", true},
    {"`YNL-GEN`", "a.c", "/* XYNL-GEN */\n", false},
    {"files marked `YNL-GEN`", "a.c", "/* YNL-GEN kernel source */\n", true},
    {"files marked `YNL-GEN`", "a.c", "files marked\n", false},
    {"`-funsigned-char`", "Makefile", "CFLAGS += -funsigned-char\n", true},
    {"`-funsigned-char`", "Makefile", "CFLAGS += -funsigned-chars\n", false},
    {"`-funsigned-char`", "Makefile", "CFLAGS += --funsigned-char\n", false},
    {"`struct bio`", "a.c", "\tstruct bio *bio;\n", true},
    {"`struct bio`", "a.c", "\tstruct bio_vec v;\n", false},
    // Prose: the words that mean something name directories, files, a language.
    {"block layer", "block/blk-mq.c", "", true},
    {"block layer", "fs/x.c", "block layer\n", false},
    {"dax operations", "drivers/dax/bus.c", "", true},
    {"dax operations", "fs/x.c", "dax operations\n", false},
    {"any Rust code", "drivers/gpu/nova/driver.rs", "", true},
    {"any Rust code", "rust/kernel/lib.rs", "", true},
    {"any Rust code", "drivers/gpu/nova/driver.c", "any Rust code\n", false},
    {"PMD sharing", "mm/hugetlb.c", "PMD sharing\n", false},
    {"any change to the code", "a.c", "any change to the code\n", false},
    // Conjunctions: everything in one file.
    {"`rhashtable_*` + `call_rcu`", "a.c", "rhashtable_remove();call_rcu(f)\n",
     true},
    {"`rhashtable_*` + `call_rcu`", "a.c", "rhashtable_remove();\n", false},
    {"`rhashtable_*` + `call_rcu`", "a.c", "call_rcu(f);\n", false},
    {"drivers/net/ + `dma_map_single`", "drivers/net/a.c",
     "dma_map_single(d)\n", true},
    {"drivers/net/ + `dma_map_single`", "drivers/usb/a.c",
     "dma_map_single(d)\n", false},
    {"`a_lock` + untrusted sizes", "a.c", "a_lock(x);\n", false},
    {"`a + b`", "a.c", "x = a + b;\n", true},
    {"", "a.c", "x\n", false},
    {"``", "a.c", "x\n", false},
};
INSTANTIATE_TEST_SUITE_P(Others, TriggerForm, ::testing::ValuesIn(kOthers));

TEST(Trigger, AConjunctionWantsOneFile) {
  Touched touched;
  touched.files.push_back({"a.c", "", "rhashtable_remove(x);\n"});
  touched.files.push_back({"b.c", "", "call_rcu(x, f);\n"});
  const Trigger trigger = Trigger::Parse("`rhashtable_*` + `call_rcu`");
  for (const FileWords& file : WordsOf(touched)) {
    EXPECT_EQ(trigger.Match(file), 0);
  }
}

TEST(Trigger, TheOldPathOfARenameCounts) {
  EXPECT_GT(MatchIn("net/", "drivers/x.c", "", "net/x.c"), 0);
}

TEST(Trigger, PathsTellMoreThanNamesAndLongerOnesMore) {
  const char* path = "arch/arm64/kvm/hyp/nvhe/setup.c";
  const char* lines = "kvm_get(); __hyp_text();\n";
  const int deep = MatchIn("arch/arm64/kvm/hyp/", path, lines);
  const int shallow = MatchIn("arch/arm64/", path, lines);
  const int name = MatchIn("kvm_get", path, lines);
  const int prefix = MatchIn("kvm_", path, lines);
  const int word = MatchIn("nvhe", path, lines);
  EXPECT_GT(deep, shallow);
  EXPECT_GT(shallow, name);
  EXPECT_GT(name, prefix);
  EXPECT_GT(prefix, word);
  EXPECT_GT(word, 0);
}

TEST(Trigger, SaysWhyItCanNeverFire) {
  EXPECT_EQ(Trigger::Parse("`net/`").problem(), "");
  EXPECT_EQ(Trigger::Parse("`bool `").problem(), "");
  EXPECT_NE(Trigger::Parse("kvm_(get").problem(), "");
  EXPECT_NE(Trigger::Parse("`open").problem(), "");
  EXPECT_NE(Trigger::Parse("any change").problem(), "");
  EXPECT_NE(Trigger::Parse("").problem(), "");
}

TEST(Trigger, WordsAreBounded) {
  Touched touched;
  std::string lines;
  for (std::size_t i = 0; i < kMaxTouchedWords + 1000; ++i) {
    lines += "w" + std::to_string(i) + " ";
  }
  lines += std::string(kMaxTouchedWord + 1, 'l') + "\n";
  touched.files.push_back({"a.c", "", lines});
  touched.files.push_back({"b.c", "", "one_more();\n"});
  const std::vector<FileWords> words = WordsOf(touched);
  EXPECT_EQ(words[0].identifiers.size(), kMaxTouchedWords);
  EXPECT_TRUE(words[1].identifiers.empty());
}

}  // namespace
}  // namespace patchmilter::review
