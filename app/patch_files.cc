#include "app/patch_files.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <set>
#include <utility>

#include "app/local_config.h"
#include "app/local_mails.h"
#include "base/files.h"
#include "base/handle.h"
#include "base/text.h"
#include "mime/headers.h"
#include "mime/quoted_cr.h"
#include "mime/subject.h"
#include "review/series_input.h"

namespace patchmilter::app {
namespace {

constexpr std::uint64_t kMaxPatchFile = diff::kMaxText;
constexpr std::size_t kMaxQuiltPatches = 10'000;

bool IsFieldName(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return c > ' ' && c < 0x7f && c != ':';
  });
}

// Whether `head`, the beginning of a file, is that of a mail or an mbox: a
// "From " line or a header field before anything else.
bool LooksLikeMail(std::string_view head) {
  LineReader lines(head);
  for (std::string_view line; lines.Next(&line);) {
    if (TrimRight(line).empty()) continue;
    if (line.starts_with("From ")) return true;
    const std::size_t colon = line.find(':');
    // "Index: file" stands in front of a diff.
    return colon != std::string_view::npos && !line.starts_with("Index: ") &&
           IsFieldName(line.substr(0, colon));
  }
  return false;
}

PatchFiles::Patch PlainPatch(std::int64_t number, std::string title,
                             diff::Diff diff) {
  PatchFiles::Patch patch;
  patch.number = number;
  patch.title = std::move(title);
  patch.plain = std::make_unique<diff::Diff>(std::move(diff));
  return patch;
}

void FillInput(PatchFiles* files) {
  for (const PatchFiles::Patch& patch : files->patches) {
    files->input.patches.push_back({patch.number, &patch.diff()});
  }
}

Result<std::unique_ptr<PatchFiles>> ReadQuilt(const std::string& directory) {
  auto files = std::make_unique<PatchFiles>();
  PM_ASSIGN_OR_RETURN(const std::string series,
                      ReadFile(directory + "/series", kMaxPatchFile));
  LineReader lines(series);
  for (std::string_view line; lines.Next(&line);) {
    line = Trim(line.substr(0, line.find('#')));
    const std::string name(line.substr(0, line.find_first_of(" \t")));
    if (name.empty()) continue;
    if (files->patches.size() >= kMaxQuiltPatches) {
      return InvalidInput(fmt::format("{}/series names more than {} patches",
                                      directory, kMaxQuiltPatches));
    }
    PM_ASSIGN_OR_RETURN(
        std::string text,
        ReadFile(fmt::format("{}/{}", directory, name), kMaxPatchFile));
    files->patches.push_back(
        PlainPatch(static_cast<std::int64_t>(files->patches.size() + 1), name,
                   diff::Diff::Parse(std::move(text))));
  }
  if (files->patches.empty()) {
    return InvalidInput(directory + "/series names no patch");
  }
  FillInput(files.get());
  return files;
}

PatchFiles::Patch MailPatch(std::int64_t number, mime::PatchMail mail) {
  PatchFiles::Patch patch;
  patch.number = number;
  patch.title = mail.mail.subject.title;
  patch.mail = std::make_unique<mime::PatchMail>(std::move(mail));
  return patch;
}

std::string MissingRemark(const std::vector<std::int64_t>& missing) {
  std::vector<std::string> numbers;
  numbers.reserve(missing.size());
  for (const std::int64_t number : missing) {
    numbers.push_back(std::to_string(number));
  }
  return fmt::format("passed over: {} {}, not among the mails",
                     numbers.size() == 1 ? "patch" : "patches",
                     Join(numbers, ", "));
}

// Of `missing`, the patches whose mails are there, but carry no diff: a mailer
// has made it unreadable. git am stops at such a mail, and so does applying.
Status AddWithoutDiff(LocalMails* mails, const series::Series& series,
                      std::vector<std::int64_t>* missing, PatchFiles* files) {
  for (series::MailId id = 1; id <= mails->mails() && !missing->empty(); ++id) {
    PM_ASSIGN_OR_RETURN(const std::string raw, mails->store()->LoadRaw(id));
    mime::Subject subject = SubjectOf(mime::ScanHeaders(raw));
    const auto place =
        std::find(missing->begin(), missing->end(), subject.number.value_or(0));
    if (!subject.patch || subject.reply || place == missing->end() ||
        subject.total != series.expected || subject.version != series.version) {
      continue;
    }
    files->patches.push_back(
        PlainPatch(*place, std::move(subject.title), diff::Diff()));
    missing->erase(place);
  }
  std::stable_sort(
      files->patches.begin(), files->patches.end(),
      [](const auto& a, const auto& b) { return a.number < b.number; });
  return {};
}

Result<std::unique_ptr<PatchFiles>> ReadOneSeries(LocalMails* mails,
                                                  const store::SeriesRow& row) {
  PM_ASSIGN_OR_RETURN(const auto series,
                      LoadSeries(mails->store(), row.series.id));
  auto files = std::make_unique<PatchFiles>();
  files->input = review::InputOf(series->Under());
  files->input.patches.clear();
  for (auto& [number, mail] : series->mails) {
    if (number != 0) {
      files->patches.push_back(MailPatch(number, std::move(mail)));
    }
  }
  std::vector<std::int64_t> missing = row.series.Missing();
  PM_RETURN_IF_ERROR(AddWithoutDiff(mails, row.series, &missing, files.get()));
  if (!missing.empty()) files->remarks.push_back(MissingRemark(missing));
  return files;
}

// Mails that are no one series, in their order.
Result<std::unique_ptr<PatchFiles>> ReadInOrder(
    store::Store* store, const std::vector<store::SeriesRow>& series) {
  auto files = std::make_unique<PatchFiles>();
  std::set<series::MailId> mails;
  for (const store::SeriesRow& row : series) {
    for (const auto& [number, id] : row.series.patches) mails.insert(id);
  }
  for (const series::MailId id : mails) {
    PM_ASSIGN_OR_RETURN(mime::PatchMail mail, store->LoadPatchMail(id));
    files->patches.push_back(MailPatch(
        static_cast<std::int64_t>(files->patches.size() + 1), std::move(mail)));
  }
  for (const PatchFiles::Patch& patch : files->patches) {
    if (files->input.base_commit.empty()) {
      files->input.base_commit = patch.mail->base_commit;
    }
  }
  files->remarks.push_back(fmt::format(
      "{} series: their patches one after the other", series.size()));
  return files;
}

// What `git am` leaves as it is.
void KeepQuotedCrs(PatchFiles* files) {
  bool any = false;
  for (PatchFiles::Patch& patch : files->patches) {
    if (!patch.mail || !mime::HadQuotedCrs(patch.mail->mail)) continue;
    patch.plain =
        std::make_unique<diff::Diff>(mime::WithQuotedCrs(*patch.mail));
    any = true;
  }
  if (any) {
    files->remarks.emplace_back(
        "CRLF line ends inside base64 or quoted-printable are kept, as git am "
        "keeps them; --quoted-cr strip takes the CRs away");
  }
}

Result<std::unique_ptr<PatchFiles>> ReadMails(
    const std::vector<std::string>& sources, QuotedCr quoted_cr) {
  const Config config = LocalConfig();
  LocalMails mails(&config);
  PM_ASSIGN_OR_RETURN(const auto found, mails.TakeSeries(sources));
  std::unique_ptr<PatchFiles> files;
  if (found.size() > 1) {
    PM_ASSIGN_OR_RETURN(files, ReadInOrder(mails.store(), found));
  } else {
    PM_ASSIGN_OR_RETURN(files, ReadOneSeries(&mails, found.front()));
  }
  if (quoted_cr == QuotedCr::kKeep) KeepQuotedCrs(files.get());
  FillInput(files.get());
  return files;
}

// All of standard input, which can still be read by whoever comes next.
Result<std::string> PeekStandardInput() {
  PM_ASSIGN_OR_RETURN(std::string text, ReadAll(STDIN_FILENO, UINT32_MAX));
  const UniqueFd kept(::memfd_create("standard input", MFD_CLOEXEC));
  if (!kept.valid()) return FromErrno("memfd_create", errno);
  PM_RETURN_IF_ERROR(WriteAll(kept.get(), text));
  if (::lseek(kept.get(), 0, SEEK_SET) != 0 ||
      ::dup2(kept.get(), STDIN_FILENO) < 0) {
    return FromErrno("standard input", errno);
  }
  return text;
}

// A patch that is no mail; nothing where `source` is something else.
Result<std::optional<diff::Diff>> ReadPlainPatch(const std::string& source) {
  std::optional<diff::Diff> none;
  std::error_code error;
  std::string text;
  if (source == "-") {
    PM_ASSIGN_OR_RETURN(text, PeekStandardInput());
  } else if (std::filesystem::is_regular_file(source, error)) {
    PM_ASSIGN_OR_RETURN(text, ReadFile(source, UINT32_MAX));
  }
  // A packed file, or a tar of mails, is for who reads mails.
  if (text.size() > kMaxPatchFile || LooksLikeMail(text) ||
      text.find('\0') != std::string::npos) {
    return none;
  }
  diff::Diff diff = diff::Diff::Parse(std::move(text));
  if (diff.empty()) return none;
  return std::optional(std::move(diff));
}

}  // namespace

Result<std::unique_ptr<PatchFiles>> ReadPatchFiles(
    const std::vector<std::string>& sources, QuotedCr quoted_cr) {
  std::error_code error;
  if (sources.size() == 1 &&
      std::filesystem::is_regular_file(sources.front() + "/series", error)) {
    return ReadQuilt(sources.front());
  }
  auto files = std::make_unique<PatchFiles>();
  for (const std::string& source : sources) {
    PM_ASSIGN_OR_RETURN(std::optional<diff::Diff> diff, ReadPlainPatch(source));
    if (!diff) continue;
    files->patches.push_back(PlainPatch(
        static_cast<std::int64_t>(files->patches.size() + 1),
        source == "-" ? "standard input"
                      : std::filesystem::path(source).filename().string(),
        *std::move(diff)));
  }
  if (files->patches.empty()) return ReadMails(sources, quoted_cr);
  if (files->patches.size() < sources.size()) {
    return InvalidInput(fmt::format(
        "{} is a patch without a mail around it, others are none: give mails, "
        "or patches",
        files->patches.front().title));
  }
  FillInput(files.get());
  return files;
}

}  // namespace patchmilter::app
