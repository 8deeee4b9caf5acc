# Libraries from Debian, found by pkg-config where they have a .pc file.
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(pm_library name module)
  pkg_check_modules(${name} REQUIRED IMPORTED_TARGET GLOBAL ${module})
endfunction()

pm_library(SPDLOG spdlog)
pm_library(CRYPTO libcrypto)
pm_library(TOMLPP tomlplusplus)
pm_library(ZLIB zlib)
pm_library(ARCHIVE libarchive)
pm_library(GMIME gmime-3.0)
pm_library(GIT2 libgit2)
pm_library(CURL libcurl)
pm_library(SQLITE sqlite3)
pm_library(SECCOMP libseccomp)
pm_library(RE2 re2)
pm_library(ZSTD libzstd)

# libmilter has no .pc file before Debian 13.
find_path(MILTER_INCLUDE_DIR libmilter/mfapi.h REQUIRED)
find_library(MILTER_LIBRARY milter REQUIRED)
add_library(pm_libmilter INTERFACE)
target_include_directories(pm_libmilter SYSTEM INTERFACE ${MILTER_INCLUDE_DIR})
target_link_libraries(pm_libmilter INTERFACE ${MILTER_LIBRARY})

find_package(nlohmann_json REQUIRED)
find_package(CLI11 REQUIRED)
if(PATCHMILTER_TESTS)
  find_package(GTest REQUIRED)
endif()
