// A stand-in for the NVIDIA driver, libcuda.so.1: answers as the environment says, computes nothing.
// The preflight's tests build it, so that every kind of broken machine is met without a GPU.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int setting(const char *name, int otherwise) {
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

static int not_supported(void) { return 801; }

int cuInit(unsigned flags) { return setting("STUB_INIT", 0); }
int cuDriverGetVersion(int *version) { *version = setting("STUB_VER", 13000); return 0; }
int cuDeviceGetCount(int *count) { *count = setting("STUB_COUNT", 1); return 0; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "Stub GPU", size); return 0; }
int cuDeviceGetUuid_v2(unsigned char *uuid, int device) {
    for (int i = 0; i < 16; i++) uuid[i] = (unsigned char)i;
    return setting("STUB_UUID", 0);
}
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)8 << 30; return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    const int capability = setting("STUB_CAPABILITY", 90);
    *value = attribute == 75 ? capability / 10 : attribute == 76 ? capability % 10 : 1;
    return 0;
}
int cuDevicePrimaryCtxRetain(void **context, int device) {
    static int here;
    *context = &here;
    return setting("STUB_CONTEXT", 0);
}
int cuCtxSetCurrent(void *context) { return context ? 0 : 201; }
int cuMemGetInfo_v2(size_t *free_bytes, size_t *total_bytes) {
    *total_bytes = (size_t)8 << 30;
    *free_bytes = (size_t)setting("STUB_FREE_MIB", 7168) << 20;
    return 0;
}

// CuPy's runtime asks for every function by name; all it gets to before cuInit fails are these.
int cuGetProcAddress_v2(const char *name, void **function, int version, unsigned long flags, int *found) {
    Dl_info here;
    dladdr((void *)cuInit, &here);
    void *self = dlopen(here.dli_fname, RTLD_NOW | RTLD_NOLOAD);
    void *own = dlsym(self, name);
    *function = own ? own : (void *)not_supported;
    if (found) *found = 0;
    return 0;
}
int cuGetProcAddress(const char *name, void **function, int version, unsigned long flags) {
    return cuGetProcAddress_v2(name, function, version, flags, NULL);
}
