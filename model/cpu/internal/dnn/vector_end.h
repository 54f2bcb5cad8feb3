#undef V
#undef I
#undef LOAD
#undef STORE
#undef T
#undef NAME
#undef BF16
