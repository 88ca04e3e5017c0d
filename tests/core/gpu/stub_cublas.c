// A stand-in for cuBLAS that only tells its version, for machines where cuBLAS is not installed.
#include <stdlib.h>

int cublasGetProperty(int part, int *value) {
    const char *major = getenv("STUB_CUBLAS_MAJOR");
    *value = part == 0 && major ? atoi(major) : part;
    return 0;
}
