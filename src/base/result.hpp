#pragma once
// Result<T> and TRY: how every fallible function of cove answers (style rule ERR1).
#include <expected>
#include <type_traits>
#include <utility>

#include "base/error.hpp"

namespace cove {

// Either a value or an Error. No function throws across its boundary.
template <class T = void>
using Result = std::expected<T, Error>;

using Failure = std::unexpected<Error>;

namespace detail {
template <class T>
T take(std::expected<T, Error>& r) {
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}
}  // namespace detail

}  // namespace cove

// Evaluates to the value of `expr`, or returns its error from the enclosing function.
#define TRY(...)                                                              \
  __extension__({                                                             \
    auto try_result_ = (__VA_ARGS__);                                         \
    if (!try_result_) return ::cove::Failure(std::move(try_result_).error()); \
    ::cove::detail::take(try_result_);                                        \
  })

// The same, adding one context frame ("mounting the root file system") to the error.
#define TRY_CTX(expr, ...)                                                                      \
  __extension__({                                                                               \
    auto try_result_ = (expr);                                                                  \
    if (!try_result_) return ::cove::Failure(std::move(try_result_).error().with(__VA_ARGS__)); \
    ::cove::detail::take(try_result_);                                                          \
  })
