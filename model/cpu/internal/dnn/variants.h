// Includes BODY for every kind of activation: f32 and bf16, in blocks of 16 and of 8 channels. A body names what it defines by
// NAME; PICK is the one of the four that suits a shape.
#define B 16
#define T float
#define NAME(x) x##_f32_16
#include BODY
#define T bf16
#define BF16
#define NAME(x) x##_bf16_16
#include BODY
#undef B
#define B 8
#define T float
#define NAME(x) x##_f32_8
#include BODY
#define T bf16
#define BF16
#define NAME(x) x##_bf16_8
#include BODY
#undef B

#define PICK(name, d) \
  ((d)->block == 16 ? (d)->bf16 ? name##_bf16_16 : name##_f32_16 : (d)->bf16 ? name##_bf16_8 : name##_f32_8)
