/* One keep-alive connection to the gateway. */
#ifndef BENCH_HTTP_H
#define BENCH_HTTP_H

/* A connected socket; exits with a message when nobody listens. */
int http_connect(int port);
/* GET; the status of the answer, whose body is read and dropped. -1: the connection broke. */
int http_get(int fd, const char *path, const char *token);
#endif
