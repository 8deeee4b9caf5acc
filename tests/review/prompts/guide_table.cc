// The real trigger table, looked at.
//
//   guide_table CHECKOUT COMMIT MAIL…   which guides a series of these mails
//                                       would get, with weights and tokens
//   guide_table CHECKOUT COMMIT --check cases that hold for the table of 2026;
//                                       fails where one does not
//
// CHECKOUT is a clone of review-prompts. Nothing of it is kept here.
#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "base/files.h"
#include "mime/patch_mail.h"
#include "review/prompts/checkout.h"
#include "review/prompts/guide.h"

namespace {

using patchmilter::review::CalledGuide;
using patchmilter::review::Checkout;
using patchmilter::review::EstimateTokens;
using patchmilter::review::Touched;

struct Case {
  const char* path;
  const char* lines;
  std::vector<const char*> called;      // Must be among the guides.
  std::vector<const char*> not_called;  // Must not.
};

std::vector<Case> Cases() {
  return {
      {"drivers/gpu/drm/panel/panel-simple.c",
       "\tbool enabled;\n\tint config = 0;\n",
       {"drm.md"},
       {"kconfig.md", "locking.md", "networking-core.md", "bpf.md"}},
      {"drivers/gpu/drm/Kconfig",
       "\ttristate \"DRM\"\n",
       {"drm.md", "kconfig.md"},
       {"build.md"}},
      {"drivers/net/tun.c",
       "\tskb_put(skb, len);\n",
       {"networking-drivers.md", "networking-core.md"},
       {"wireless.md"}},
      {"fs/namei.c", "\tstruct dentry *dentry;\n", {"vfs.md"}, {"nfsd.md"}},
      {"fs/nfsd/filecache/x.c", "", {"nfsd.md"}, {"sunrpc.md", "btrfs.md"}},
      {"arch/arm64/include/asm/kvm_mmu.h",
       "",
       {"arm64.md", "hyp-arm64.md"},
       {"kvm-arm64.md"}},
      {"arch/arm64/kvm/hyp/nvhe/setup.c",
       "kvm_get();\n",
       {"arm64.md", "kvm-arm64.md", "hyp-arm64.md", "kvm.md"},
       {"mips.md"}},
      {"Documentation/devicetree/bindings/display/x.yaml",
       "",
       {"dt-bindings.md"},
       {"netlink.md", "of.md"}},
      {"Documentation/netlink/specs/rt-link.yaml",
       "",
       {"netlink.md"},
       {"dt-bindings.md"}},
      {"rust/kernel/lib.rs", "", {"rust.md"}, {"drm.md"}},
      {"drivers/gpu/drm/nova/driver.rs", "", {"rust.md", "drm.md"}, {}},
      {"lib/rhash.c",
       "rhashtable_remove_fast();\ncall_rcu(&x->rcu, f);\n",
       {"rcu.md"},
       {"timers.md"}},
      {"lib/x.c", "\tguard(mutex)(&m);\n", {"cleanup.md"}, {"tty.md"}},
      {"lib/x.c",
       "\tsafeguard(x);\n\tmy_skb_put(x);\n",
       {},
       {"cleanup.md", "networking-core.md"}},
      {"mm/hugetlb.c", "", {"mm-largepage.md"}, {"mm-vma.md"}},
      {"drivers/nvme/host/pci.c", "", {"block.md"}, {"ata.md"}},
      {"kernel/sys.c", "SYSCALL_DEFINE3(x, int, y)\n", {"syscall.md"}, {}},
      {"tools/net/ynl/x.py",
       "# YNL-GEN user source\n",
       {"netlink.md", "build.md"},
       {"networking-core.md"}},
  };
}

std::vector<std::string> Called(const Checkout& checkout, const Case& each) {
  Touched touched;
  touched.files.push_back({each.path, "", each.lines});
  std::vector<std::string> files;
  for (const CalledGuide& guide : checkout.table().Call(touched)) {
    files.push_back(guide.file);
  }
  return files;
}

int Check(const Checkout& checkout) {
  int faults = 0;
  for (const Case& each : Cases()) {
    const std::vector<std::string> called = Called(checkout, each);
    const auto has = [&](const char* name) {
      return std::find(called.begin(), called.end(), name) != called.end();
    };
    for (const char* name : each.called) {
      if (has(name)) continue;
      std::printf("%s: %s is not called for\n", each.path, name);
      ++faults;
    }
    for (const char* name : each.not_called) {
      if (!has(name)) continue;
      std::printf("%s: %s is called for\n", each.path, name);
      ++faults;
    }
  }
  std::printf("%zu cases, %d faults\n", Cases().size(), faults);
  return faults == 0 ? 0 : 1;
}

int Show(const Checkout& checkout, const std::vector<std::string>& paths) {
  patchmilter::mime::InitMime();
  std::vector<patchmilter::mime::PatchMail> mails;
  for (const std::string& path : paths) {
    const auto raw = patchmilter::ReadFile(path);
    if (!raw.ok()) {
      std::printf("%s\n", raw.error().message.c_str());
      return 1;
    }
    mails.push_back(patchmilter::mime::ParsePatchMail(*raw));
  }
  std::vector<const patchmilter::diff::Diff*> diffs;
  for (const auto& mail : mails) diffs.push_back(&mail.diff);
  std::size_t tokens = 0;
  for (const CalledGuide& guide :
       checkout.table().Call(patchmilter::review::TouchedBy(diffs))) {
    const std::string* text = checkout.Find("kernel/subsystem/" + guide.file);
    const std::size_t cost = text == nullptr ? 0 : EstimateTokens(*text);
    tokens += cost;
    std::printf("%5d %6zu %s\n", guide.weight, cost, guide.file.c_str());
  }
  std::printf("%12zu tokens together\n", tokens);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() < 3) {
    std::printf("usage: guide_table CHECKOUT COMMIT --check | MAIL…\n");
    return 2;
  }
  const auto checkout = Checkout::Open(arguments[0], arguments[1]);
  if (!checkout.ok()) {
    std::printf("%s\n", checkout.error().message.c_str());
    return 1;
  }
  for (const std::string& warning : checkout->warnings()) {
    std::printf("%s\n", warning.c_str());
  }
  if (arguments[2] == "--check") return Check(*checkout);
  return Show(*checkout, {arguments.begin() + 2, arguments.end()});
}
