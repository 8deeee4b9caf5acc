#include "mime/body.h"

#include <utility>

#include "mime/mail.h"

namespace patchmilter::mime {
namespace {

class BodyWalker {
 public:
  BodyWalker(std::string_view body, std::vector<std::string>* problems)
      : body_(body), problems_(problems) {}

  std::vector<Part> Walk(const ContentType& content) {
    Open(content);
    while (NextDashes()) {
      HandleDashes();
      if (parts_.size() >= kMaxParts) {
        problems_->push_back("more parts than are read");
        return std::move(parts_);
      }
    }
    if (in_leaf_) EndLeaf(body_.size());
    if (!open_.empty()) {
      problems_->push_back("the end of a multipart is missing");
    }
    return std::move(parts_);
  }

 private:
  struct Multipart {
    std::string boundary;
    bool digest = false;
  };

  void Open(const ContentType& content) {
    open_.push_back({content.boundary, content.type == "multipart/digest"});
  }

  // Finds the next line that begins with "--": [begin_, end_) without its end.
  bool NextDashes() {
    while (next_ < body_.size() && !open_.empty()) {
      size_t begin = next_;
      if (body_.substr(begin, 2) != "--") {
        begin = body_.find("\n--", next_);
        if (begin == std::string_view::npos) return false;
        ++begin;
      }
      const size_t end = body_.find('\n', begin);
      begin_ = begin;
      end_ = end == std::string_view::npos ? body_.size() : end;
      next_ = end == std::string_view::npos ? body_.size() : end + 1;
      return true;
    }
    return false;
  }

  // RFC 2046 5.1.1: "--" boundary, or "--" boundary "--", then white space.
  void HandleDashes() {
    std::string_view line = body_.substr(begin_ + 2, end_ - begin_ - 2);
    while (!line.empty() &&
           (line.back() == '\r' || line.back() == ' ' || line.back() == '\t')) {
      line.remove_suffix(1);
    }
    for (size_t i = open_.size(); i > 0; --i) {
      const std::string& boundary = open_[i - 1].boundary;
      const bool closing = line.size() == boundary.size() + 2;
      if ((!closing && line.size() != boundary.size()) ||
          !line.starts_with(boundary) || (closing && !line.ends_with("--"))) {
        continue;
      }
      if (in_leaf_) EndLeaf(begin_);
      open_.resize(closing ? i - 1 : i, {});
      if (!closing) BeginPart();
      return;
    }
  }

  void BeginPart() {
    const HeaderBlock block = ScanHeaders(body_.substr(next_), /*part=*/true);
    content_ = ReadContentType(block);
    // RFC 2046 5.1.5: there the default is another.
    if (!content_.given && open_.back().digest) {
      content_.type = "message/rfc822";
    }
    next_ += block.body;
    if (content_.IsMultipart() && !content_.boundary.empty()) {
      if (open_.size() < kMaxDepth) {
        Open(content_);
        return;
      }
      problems_->push_back("parts nested deeper than are read");
    }
    in_leaf_ = true;
    leaf_ = next_;
  }

  // The line end in front of a boundary belongs to the boundary.
  void EndLeaf(size_t end) {
    in_leaf_ = false;
    if (end < body_.size() || next_ == body_.size()) {
      if (end > leaf_ && end == begin_ && body_[end - 1] == '\n') --end;
      if (end > leaf_ && end < begin_ && body_[end - 1] == '\r') --end;
    }
    parts_.push_back(
        {content_, body_.substr(leaf_, end < leaf_ ? 0 : end - leaf_)});
  }

  std::string_view body_;
  std::vector<std::string>* problems_;
  std::vector<Multipart> open_;  // Outer first.
  std::vector<Part> parts_;
  ContentType content_;  // Of the open leaf.
  bool in_leaf_ = false;
  size_t leaf_ = 0;  // Where it begins.
  size_t begin_ = 0;
  size_t end_ = 0;
  size_t next_ = 0;
};

}  // namespace

std::vector<Part> SplitBody(const ContentType& content, std::string_view body,
                            std::vector<std::string>* problems) {
  if (content.IsMultipart() && !content.boundary.empty()) {
    std::vector<Part> parts = BodyWalker(body, problems).Walk(content);
    if (!parts.empty()) return parts;
    problems->push_back("a multipart without parts, taken as text");
  } else if (content.IsMultipart()) {
    problems->push_back("a multipart without boundary, taken as text");
  }
  Part part;
  part.content = content;
  if (content.IsMultipart()) part.content.type = "text/plain";
  part.bytes = body;
  return {std::move(part)};
}

}  // namespace patchmilter::mime
