#pragma once

#include <array>
#include <cmath>

namespace funcorr {

template <typename T>
struct Vec3 {
  T x{}, y{}, z{};
  constexpr T& operator[](int i) { return i == 0 ? x : i == 1 ? y : z; }
  constexpr const T& operator[](int i) const { return i == 0 ? x : i == 1 ? y : z; }
  constexpr Vec3 operator-() const { return {-x, -y, -z}; }
  constexpr Vec3& operator+=(const Vec3& b) {
    x += b.x;
    y += b.y;
    z += b.z;
    return *this;
  }
  constexpr Vec3& operator-=(const Vec3& b) {
    x -= b.x;
    y -= b.y;
    z -= b.z;
    return *this;
  }
  constexpr Vec3& operator*=(T s) {
    x *= s;
    y *= s;
    z *= s;
    return *this;
  }
  friend constexpr Vec3 operator+(Vec3 a, const Vec3& b) { return a += b; }
  friend constexpr Vec3 operator-(Vec3 a, const Vec3& b) { return a -= b; }
  friend constexpr Vec3 operator*(Vec3 a, T s) { return a *= s; }
  friend constexpr Vec3 operator*(T s, Vec3 a) { return a *= s; }
  friend constexpr Vec3 operator*(const Vec3& a, const Vec3& b) { return {a.x * b.x, a.y * b.y, a.z * b.z}; }
  friend constexpr Vec3 operator/(const Vec3& a, T s) { return {a.x / s, a.y / s, a.z / s}; }
  friend constexpr bool operator==(const Vec3&, const Vec3&) = default;
};

template <typename T>
struct Vec2 {
  T x{}, y{};
  constexpr Vec2& operator+=(const Vec2& b) {
    x += b.x;
    y += b.y;
    return *this;
  }
  friend constexpr Vec2 operator+(Vec2 a, const Vec2& b) { return a += b; }
  friend constexpr Vec2 operator-(const Vec2& a, const Vec2& b) { return {a.x - b.x, a.y - b.y}; }
  friend constexpr Vec2 operator*(const Vec2& a, T s) { return {a.x * s, a.y * s}; }
  friend constexpr bool operator==(const Vec2&, const Vec2&) = default;
};

using Vec3f = Vec3<float>;
using Vec3d = Vec3<double>;
using Vec2f = Vec2<float>;
using Vec2d = Vec2<double>;

template <typename T>
constexpr T dot(const Vec3<T>& a, const Vec3<T>& b) {
  return a.x * b.x + a.y * b.y + a.z * b.z;
}
template <typename T>
constexpr Vec3<T> cross(const Vec3<T>& a, const Vec3<T>& b) {
  return {a.y * b.z - a.z * b.y, a.z * b.x - a.x * b.z, a.x * b.y - a.y * b.x};
}
template <typename T>
T length(const Vec3<T>& a) {
  return std::sqrt(dot(a, a));
}
template <typename T>
Vec3<T> normalized(const Vec3<T>& a) {
  const T l = length(a);
  return l > T(0) ? a / l : a;
}

}  // namespace funcorr
