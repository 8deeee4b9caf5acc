# cmake -DOUT=FILE.cc -DFILES=a.md;b.md -P embed_prompts.cmake: the files as
# texts of a C++ source (review/prompts/embedded.h), in the order given.
set(source "// Made by cmake/embed_prompts.cmake from prompts/.\n")
string(APPEND source "#include \"review/prompts/embedded.h\"\n\n")
string(APPEND source "#include <array>\n\n")
string(APPEND source "namespace patchmilter::review {\nnamespace {\n\n")
string(APPEND source "using std::string_view_literals::operator\"\"sv;\n\n")
list(LENGTH FILES count)
string(APPEND source
  "constexpr std::array<EmbeddedFile, ${count}> kFiles = {{\n")
foreach(path IN LISTS FILES)
  get_filename_component(name ${path} NAME)
  # As numbers, so that no byte of a text can mean something to CMake or C++.
  file(READ ${path} hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${hex}")
  string(APPEND source "    {\"${name}\"sv, \"${bytes}\"sv},\n")
endforeach()
string(APPEND source "}};\n\n}  // namespace\n\n")
string(APPEND source
  "std::span<const EmbeddedFile> EmbeddedPrompts() { return kFiles; }\n\n")
string(APPEND source "}  // namespace patchmilter::review\n")
file(WRITE ${OUT} "${source}")
