#include "review/prompts/checkout.h"

#include <fmt/format.h>

#include <memory>
#include <optional>
#include <utility>

#include "base/log.h"
#include "git/repository.h"
#include "review/prompts/guide.h"

namespace patchmilter::review {
namespace {

// Nothing where the commit has no file of that name.
Result<std::optional<std::string>> ReadFrom(git::Repository* repository,
                                            const git::ObjectId& tree,
                                            const std::string& path) {
  PM_ASSIGN_OR_RETURN(const auto entry, repository->Lookup(tree, path));
  if (!entry.has_value()) return std::optional<std::string>();
  // A link would have to be followed: it is no file.
  if (entry->mode == git::kModeSymlink ||
      (entry->mode & git::kModeTypeMask) !=
          (git::kModeFile & git::kModeTypeMask)) {
    return std::optional<std::string>();
  }
  auto text = repository->ReadBlob(entry->id, kMaxPromptFile);
  if (!text.ok()) return text.error().Wrap(path);
  return std::optional<std::string>(std::move(text).value());
}

}  // namespace

Result<Checkout> Checkout::Open(const std::string& directory,
                                const std::string& commit) {
  const std::optional<git::ObjectId> id = git::ObjectId::FromHex(commit);
  if (!id.has_value()) {
    return InvalidInput("\"" + log::Clean(commit, 60) +
                        "\": a commit is named by its 40 hexadecimal digits");
  }
  PM_ASSIGN_OR_RETURN(const auto repository, git::Repository::Open(directory));
  auto resolved = repository->ResolveCommit(id->Hex());
  if (!resolved.ok()) return resolved.error().Wrap("the commit " + id->Hex());
  PM_ASSIGN_OR_RETURN(const auto info, repository->ReadCommit(*resolved));

  Checkout checkout;
  checkout.commit_ = id->Hex();
  const std::string table_path(kGuideTable);
  PM_ASSIGN_OR_RETURN(const auto table,
                      ReadFrom(repository.get(), info.tree, table_path));
  if (!table.has_value()) {
    return NotFound(directory + ": the commit " + id->Hex() + " has no " +
                    table_path);
  }
  auto parsed = TriggerTable::Parse(*table);
  if (!parsed.ok()) return parsed.error().Wrap(table_path);
  checkout.table_ = std::move(parsed).value();
  for (const std::string& problem : checkout.table_.problems()) {
    checkout.warnings_.push_back(fmt::format("{}: {}", table_path, problem));
  }

  std::vector<std::string> paths = {std::string(kGeneralGuide)};
  for (const GuideRow& row : checkout.table_.rows()) {
    for (const std::string& file : row.files) {
      paths.push_back(std::string(kGuideDirectory) + file);
    }
  }
  std::map<std::string, bool> seen;
  for (const std::string& path : paths) {
    if (!seen.emplace(path, true).second) continue;
    PM_ASSIGN_OR_RETURN(auto text, ReadFrom(repository.get(), info.tree, path));
    if (text.has_value()) {
      checkout.files_.emplace(path, std::move(*text));
    } else {
      checkout.warnings_.push_back(path + ": the commit " +
                                   id->Hex().substr(0, 12) +
                                   " has no such file");
    }
  }
  return checkout;
}

const std::string* Checkout::Find(std::string_view path) const {
  const auto file = files_.find(path);
  return file == files_.end() ? nullptr : &file->second;
}

}  // namespace patchmilter::review
