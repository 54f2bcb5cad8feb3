#include "level.h"

int vc_level(void) {
#ifdef VC_X86
	__builtin_cpu_init();
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
		if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		    __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi"))
			return VC_AVX512;
		return VC_AVX2;
	}
#endif
	return VC_PORTABLE;
}
