// Included by clang-tidy before a source that sees LibTorch 1.13: its headers use std::vector of a type that
// is not complete yet, which clang refuses where libstdc++ makes vector constexpr (C++20). Here it is not.
#include <memory>
#include <string>

#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR
#define __fill_a1 __fill_a1_of_bits  // declared constexpr above
#include <vector>
#undef __fill_a1
#undef _GLIBCXX20_CONSTEXPR
#define _GLIBCXX20_CONSTEXPR constexpr
