#pragma once
// Catch2 2.13 (Debian 12) and 3.x (Debian 13) behind one include.
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
namespace Catch::Matchers {
inline StdString::ContainsMatcher ContainsSubstring(const std::string& text) { return Contains(text); }
}  // namespace Catch::Matchers
#endif

namespace Catch {
using Matchers::WithinAbs;
using Matchers::WithinRel;
}  // namespace Catch
