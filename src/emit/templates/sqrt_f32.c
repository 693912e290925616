/* Square root, correctly rounded: the FPU's where there is one, else digit by digit on the mantissa. x >= 0. */
static float sqrt_f32(float x)
{
#if defined(__ARM_FP) && (__ARM_FP & 4)
    float root;
    __asm__("vsqrt.f32 %0, %1" : "=t"(root) : "t"(x));
    return root;
#else
    uint32_t bits, root = 0u, bit;
    int32_t exponent;
    uint64_t rest;
    memcpy(&bits, &x, sizeof bits);
    if (bits == 0u || bits >= 0x7f800000u)
        return x;
    exponent = (int32_t)(bits >> 23) - 127;
    bits &= 0x7fffffu;
    if (exponent == -127) {
        for (exponent = -126; (bits & 0x800000u) == 0u; --exponent)
            bits <<= 1;
    }
    bits |= 0x800000u;
    if (exponent & 1) {
        bits <<= 1;
        --exponent;
    }
    /* bits * 2^(exponent - 23) with an even exponent: the root of bits * 2^25 has 25 bits, the last one for rounding. */
    rest = (uint64_t)bits << 25;
    for (bit = (uint32_t)1 << 24; bit != 0u; bit >>= 1) {
        const uint64_t with_bit = (uint64_t)(root | bit) * (root | bit);
        if (with_bit <= rest)
            root |= bit;
    }
    root = (root >> 1) + (root & 1u);
    bits = (uint32_t)((exponent / 2 + 127 - 1) * 0x800000) + root;
    memcpy(&x, &bits, sizeof x);
    return x;
#endif
}
