#include "shim.h"
#include <libavutil/log.h>
#include <stdio.h>
#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

static _Thread_local char last[256];
static _Thread_local int64_t errors;

static void capture(void *avcl, int level, const char *fmt, va_list args) {
  if (level > AV_LOG_ERROR) return;
  if (avcl && *(const AVClass **)avcl == avcodec_get_class()) errors++;
  int prefix = 0;
  char line[sizeof last];
  av_log_format_line2(avcl, level, fmt, args, line, sizeof line, &prefix);
  size_t n = strlen(line);
  while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == ' ')) line[--n] = 0;
  if (n > 0 && !last[0]) memcpy(last, line, n + 1); // the first message names the cause, later ones its consequences
}

void vid_log_capture(void) { av_log_set_callback(capture); }
void vid_log_reset(void) { last[0] = 0; }
const char *vid_log_last(void) { return last; }
int64_t vid_log_errors(void) { return errors; }

void vid_limit_arenas(int n) {
#ifdef __GLIBC__
  mallopt(M_ARENA_MAX, n);
#endif
}
