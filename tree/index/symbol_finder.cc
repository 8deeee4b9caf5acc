#include "tree/index/symbol_finder.h"

#include <system_error>
#include <utility>

namespace patchmilter::tree {
namespace {

constexpr std::chrono::milliseconds kSlice{100};

}  // namespace

SymbolFinder::SymbolFinder(const CtagsOptions& options, unsigned children,
                           std::function<bool()> go_on)
    : go_on_(std::move(go_on)) {
  CtagsOptions own = options;
  own.stopping = [this] { return stopping_.load(); };
  for (unsigned i = 0; i < children; ++i) {
    try {
      threads_.emplace_back([this, own] { Work(own); });
    } catch (const std::system_error&) {
      break;
    }
  }
  MutexLock lock(mutex_);
  if (threads_.empty()) GiveUp("no thread for ctags");
}

SymbolFinder::~SymbolFinder() {
  stopping_ = true;
  {
    MutexLock lock(mutex_);
    ending_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

bool SymbolFinder::WaitOn() {
  const auto now = std::chrono::steady_clock::now();
  if (go_on_ == nullptr || now - asked_ < kSlice) return true;
  asked_ = now;
  return go_on_();
}

bool SymbolFinder::Ask(std::uint32_t document, std::string path,
                       std::string text) {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!error_.empty()) return true;
      if (waiting_bytes_ <= kWaitingText) {
        waiting_bytes_ += text.size();
        waiting_.push_back({document, std::move(path), std::move(text)});
        changed_.NotifyAll();
        return true;
      }
      changed_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kSlice);
    }
    if (!WaitOn()) return false;
  }
}

std::optional<std::vector<SymbolFinder::Found>> SymbolFinder::Take(bool all) {
  while (true) {
    {
      MutexLock lock(mutex_);
      if (!all || (waiting_.empty() && busy_ == 0)) {
        return std::exchange(found_, {});
      }
      changed_.WaitUntil(mutex_, std::chrono::steady_clock::now() + kSlice);
    }
    if (!WaitOn()) return std::nullopt;
  }
}

std::size_t SymbolFinder::waiting_bytes() {
  MutexLock lock(mutex_);
  return waiting_bytes_;
}

std::size_t SymbolFinder::failed() {
  MutexLock lock(mutex_);
  return failed_;
}

std::string SymbolFinder::error() {
  MutexLock lock(mutex_);
  return error_;
}

void SymbolFinder::GiveUp(std::string why) {
  if (error_.empty()) error_ = std::move(why);
  for (const Text& text : waiting_) waiting_bytes_ -= text.text.size();
  waiting_.clear();
  // The other children need not wait until theirs is over.
  stopping_ = true;
}

void SymbolFinder::Work(const CtagsOptions& options) {
  Ctags ctags(options);
  while (true) {
    Text text;
    {
      MutexLock lock(mutex_);
      while (waiting_.empty() && !ending_) changed_.Wait(mutex_);
      if (ending_) return;
      text = std::move(waiting_.front());
      waiting_.pop_front();
      ++busy_;
    }
    auto symbols = ctags.Run(text.path, text.text);
    MutexLock lock(mutex_);
    --busy_;
    waiting_bytes_ -= text.text.size();
    if (symbols.ok()) {
      found_.push_back({text.document, std::move(*symbols)});
    } else if (symbols.error().kind == ErrorKind::kTemporary) {
      if (!stopping_) ++failed_;
    } else {
      GiveUp(symbols.error().message);
    }
    changed_.NotifyAll();
  }
}

}  // namespace patchmilter::tree
