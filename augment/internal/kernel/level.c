#include "simd.h"

int vk_level(void) {
#ifdef VK_X86
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2")) {
		if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
		    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
		    __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vnni"))
			return VK_AVX512;
		return VK_AVX2;
	}
#endif
	return VK_PORTABLE;
}
