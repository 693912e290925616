/* Leading zero bits; 32 for 0. */
static inline int32_t clz_u32(uint32_t x)
{
#if defined(__GNUC__)
    return x == 0u ? 32 : (int32_t)__builtin_clz((unsigned int)x);
#else
    int32_t count = 32;
    for (; x != 0u; x >>= 1)
        --count;
    return count;
#endif
}
