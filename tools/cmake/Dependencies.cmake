# Every library the project uses, with the range of versions it is built and tested against.
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
find_package(OpenSSL REQUIRED)                    # libcrypto: SHA-256 and base64
find_package(SQLite3 REQUIRED)
find_package(CURL REQUIRED)
find_package(TBB REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(spdlog REQUIRED)
find_package(fmt REQUIRED)
find_package(CLI11 REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(assimp 5.2 REQUIRED)
find_package(meshoptimizer REQUIRED)
find_package(embree 4 QUIET)
if(NOT embree_FOUND)
  find_package(embree 3.13 REQUIRED)
endif()
find_package(OpenImageDenoise QUIET)              # optional: the render option `denoise`; not in Debian 12
find_package(Torch 1.13 REQUIRED)
if(FUNCORR_BUILD_TESTS)
  find_package(Catch2 3 QUIET)
  if(NOT Catch2_FOUND)
    find_package(Catch2 2.13 REQUIRED)
  endif()
endif()

# Debian's OpenImageIOConfig.cmake demands the tools' package too; the library and its headers are all we need.
find_path(OpenImageIO_INCLUDE_DIR OpenImageIO/oiioversion.h REQUIRED)
find_library(OpenImageIO_LIBRARY OpenImageIO REQUIRED)
find_library(OpenImageIO_Util_LIBRARY OpenImageIO_Util REQUIRED)
file(STRINGS ${OpenImageIO_INCLUDE_DIR}/OpenImageIO/oiioversion.h oiio_version
     REGEX "^#define OIIO_VERSION_(MAJOR|MINOR)")
string(REGEX REPLACE ".*MAJOR +([0-9]+).*MINOR +([0-9]+).*" "\\1.\\2" oiio_version "${oiio_version}")
if(oiio_version VERSION_LESS 2.4)
  message(FATAL_ERROR "OpenImageIO ${oiio_version} found, 2.4 or newer is needed")
endif()
add_library(OpenImageIO::OpenImageIO UNKNOWN IMPORTED)
set_target_properties(OpenImageIO::OpenImageIO PROPERTIES
  IMPORTED_LOCATION ${OpenImageIO_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${OpenImageIO_INCLUDE_DIR}
  INTERFACE_LINK_LIBRARIES ${OpenImageIO_Util_LIBRARY})

# Likewise OpenCV's configuration file comes only with all of its modules; two are used.
find_path(OpenCV_INCLUDE_DIR opencv2/imgproc.hpp PATH_SUFFIXES opencv4 REQUIRED)
find_library(OpenCV_core_LIBRARY opencv_core REQUIRED)
find_library(OpenCV_imgproc_LIBRARY opencv_imgproc REQUIRED)
add_library(OpenCV::imgproc UNKNOWN IMPORTED)
set_target_properties(OpenCV::imgproc PROPERTIES
  IMPORTED_LOCATION ${OpenCV_imgproc_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${OpenCV_INCLUDE_DIR}
  INTERFACE_LINK_LIBRARIES ${OpenCV_core_LIBRARY})

# cpp-httplib (servers in tools and tests): Debian compiles it, and users need the macros it was compiled with;
# elsewhere it is one header.
find_path(httplib_INCLUDE_DIR httplib.h REQUIRED)
find_library(httplib_LIBRARY cpp-httplib)
add_library(httplib::httplib INTERFACE IMPORTED)
target_include_directories(httplib::httplib INTERFACE ${httplib_INCLUDE_DIR})
target_link_libraries(httplib::httplib INTERFACE Threads::Threads OpenSSL::SSL)
if(httplib_LIBRARY)
  get_filename_component(httplib_folder ${httplib_LIBRARY} DIRECTORY)
  file(STRINGS ${httplib_folder}/pkgconfig/cpp-httplib.pc httplib_flags REGEX "^Cflags:")
  string(REGEX MATCHALL "CPPHTTPLIB_[A-Z_]+" httplib_macros "${httplib_flags}")
  target_compile_definitions(httplib::httplib INTERFACE ${httplib_macros})
  target_link_libraries(httplib::httplib INTERFACE ${httplib_LIBRARY})
endif()

# Header only.
find_path(valijson_INCLUDE_DIR valijson/validator.hpp REQUIRED)
add_library(valijson::valijson INTERFACE IMPORTED)
target_include_directories(valijson::valijson INTERFACE ${valijson_INCLUDE_DIR})

find_path(xxHash_INCLUDE_DIR xxhash.h REQUIRED)
find_library(xxHash_LIBRARY xxhash REQUIRED)
add_library(xxHash::xxhash UNKNOWN IMPORTED)
set_target_properties(xxHash::xxhash PROPERTIES
  IMPORTED_LOCATION ${xxHash_LIBRARY}
  INTERFACE_INCLUDE_DIRECTORIES ${xxHash_INCLUDE_DIR})

# Draco (optional: glTF files compressed by it are rejected without). Debian's Assimp brings it, as a target too.
if(NOT TARGET draco::draco)
  find_path(draco_INCLUDE_DIR draco/compression/decode.h)
  find_library(draco_LIBRARY draco)
  add_library(draco::draco INTERFACE IMPORTED)
  if(draco_INCLUDE_DIR AND draco_LIBRARY)
    target_include_directories(draco::draco INTERFACE ${draco_INCLUDE_DIR})
    target_link_libraries(draco::draco INTERFACE ${draco_LIBRARY})
  endif()
endif()
