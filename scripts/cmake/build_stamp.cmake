# Writes build_stamp.h: VERSION, and a digest of HEADERS (below SOURCE). Untouched where nothing changed.
set(digests "")
foreach(header ${HEADERS})
  file(SHA256 ${SOURCE}/${header} digest)
  string(APPEND digests "${header} ${digest}\n")
endforeach()
string(SHA256 digest "${digests}")
string(SUBSTRING ${digest} 0 16 digest)
file(CONFIGURE OUTPUT ${OUTPUT} @ONLY CONTENT [[
#pragma once
// Made by the build (scripts/cmake/build_stamp.cmake); see pipeline/abi.h.
#define FIGURANT_STAMP_VERSION "@VERSION@"
#define FIGURANT_STAMP_HEADERS "@digest@"
]])
