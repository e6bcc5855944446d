/* The machine's own limits, as rows of JSON.
 *
 *   cc -O3 -march=native -ffast-math machine.c -o machine -lpthread
 *   ./machine fma THREADS           f32 multiply-adds, widest vectors the compiler may use, nothing from memory
 *   ./machine adam COUNT THREADS    a plain Adam loop over COUNT parameters, 28 bytes each
 */
#include <immintrin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MAX_THREADS = 64, ROUNDS = 5 };
static const long FMA_STEPS = 20000000;

static double now(void) {
  struct timespec s;
  clock_gettime(CLOCK_MONOTONIC, &s);
  return s.tv_sec + s.tv_nsec * 1e-9;
}

/* Twelve independent chains hide the latency of the multiply-add on every core so far. */
#define FMA(i) "vfmadd213ps %13,%12,%" #i "\n"
#define FMA12 FMA(0) FMA(1) FMA(2) FMA(3) FMA(4) FMA(5) FMA(6) FMA(7) FMA(8) FMA(9) FMA(10) FMA(11)
#ifdef __AVX512F__
typedef __m512 vec;
enum { LANES = 16 };
static vec all(float f) { return _mm512_set1_ps(f); }
static void put(float *p, vec v) { _mm512_storeu_ps(p, v); }
#define IN "v"
#else
typedef __m256 vec;
enum { LANES = 8 };
static vec all(float f) { return _mm256_set1_ps(f); }
static void put(float *p, vec v) { _mm256_storeu_ps(p, v); }
#define IN "x"
#endif

static void *fma_loop(void *out) {
  vec x = all(0.999f), y = all(1e-6f);
  vec a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x, a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;
  for (long k = 0; k < FMA_STEPS; k++)
    __asm__ volatile(FMA12
                     : "+" IN(a0), "+" IN(a1), "+" IN(a2), "+" IN(a3), "+" IN(a4), "+" IN(a5), "+" IN(a6), "+" IN(a7),
                       "+" IN(a8), "+" IN(a9), "+" IN(a10), "+" IN(a11)
                     : IN(x), IN(y));
  put(out, a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7 + a8 + a9 + a10 + a11);
  return 0;
}

typedef struct { float *p, *g, *m, *v; long n; int reps; } Adam;

static void *adam_loop(void *arg) {
  Adam *a = arg;
  for (int r = 0; r < a->reps; r++)
    for (long i = 0; i < a->n; i++) {
      float g = a->g[i], m = a->m[i] * 0.9f + g * 0.1f, v = a->v[i] * 0.999f + g * g * 0.001f;
      a->m[i] = m;
      a->v[i] = v;
      a->p[i] -= 1e-3f * m / (__builtin_sqrtf(v) + 1e-8f);
    }
  return 0;
}

/* Runs loop on each of the arguments at once; the seconds of each round, sorted. */
static void rounds(void *(*loop)(void *), char *args, size_t size, int threads, double *times) {
  pthread_t t[MAX_THREADS];
  for (int r = 0; r < ROUNDS; r++) {
    double start = now();
    for (int i = 0; i < threads; i++) pthread_create(&t[i], 0, loop, args + i * size);
    for (int i = 0; i < threads; i++) pthread_join(t[i], 0);
    double d = now() - start;
    int k = r;
    for (; k > 0 && times[k - 1] > d; k--) times[k] = times[k - 1];
    times[k] = d;
  }
}

static float *filled(long n) {
  float *p = aligned_alloc(64, (n * 4 + 63) / 64 * 64);
  if (!p) exit(1);
  for (long i = 0; i < n; i++) p[i] = 1e-3f;
  return p;
}

static void row(const char *name, double work, const double *times, const char *unit) {
  printf("{\"name\":\"%s\",\"value\":%.4g,\"best\":%.4g,\"unit\":\"%s\"}\n", name, work / times[ROUNDS / 2] / 1e9,
         work / times[0] / 1e9, unit);
}

static void fma_rate(int threads) {
  float out[MAX_THREADS][16];
  double times[ROUNDS];
  char name[64];
  rounds(fma_loop, (char *)out, sizeof out[0], threads, times);
  snprintf(name, sizeof name, "machine/fma/%d", threads);
  row(name, 2.0 * 12 * LANES * FMA_STEPS * threads, times, "GFLOP/s");
}

static void adam_rate(long n, int threads) {
  Adam a[MAX_THREADS];
  double times[ROUNDS];
  char name[64];
  int reps = n < 20000000 ? (int)(20000000 / n) : 1;
  for (int i = 0; i < threads; i++) {
    long each = n / threads;
    a[i] = (Adam){filled(each), filled(each), filled(each), filled(each), each, reps};
  }
  rounds(adam_loop, (char *)a, sizeof a[0], threads, times);
  if (n % 1000000)
    snprintf(name, sizeof name, "optim/adam-%ld", n);
  else
    snprintf(name, sizeof name, "optim/adam-%ldM", n / 1000000);
  row(name, 28.0 * (n / threads * threads) * reps, times, "GB/s");
}

int main(int argc, char **argv) {
  int threads = argc > 2 ? atoi(argv[argc - 1]) : 0;
  if (threads < 1 || threads > MAX_THREADS) {
    fprintf(stderr, "usage: machine fma THREADS | machine adam COUNT THREADS\n");
    return 2;
  }
  if (!strcmp(argv[1], "fma"))
    fma_rate(threads);
  else
    adam_rate(argc > 3 ? atol(argv[2]) : 1000000, threads);
  return 0;
}
