#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tools/bench/api/http.h"

enum { HEAD_MAX = 8192 };

int http_connect(int port)
{
	struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((unsigned short)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		perror("bench-api: the gateway does not answer");
		exit(1);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/* Reads up to the end of the head; what came of the body is counted. 0: broken. */
static size_t read_head(int fd, char head[HEAD_MAX + 1], size_t *ret_body)
{
	size_t len = 0;

	while (len < HEAD_MAX) {
		ssize_t n = recv(fd, head + len, HEAD_MAX - len, 0);

		if (n <= 0) {
			return 0;
		}
		len += (size_t)n;
		head[len] = '\0';
		char *end = strstr(head, "\r\n\r\n");
		if (end) {
			*ret_body = len - (size_t)(end + 4 - head);
			return len;
		}
	}
	return 0;
}

int http_get(int fd, const char *path, const char *token)
{
	char head[HEAD_MAX + 1], sink[65536];
	size_t got = 0;
	int len = snprintf(head, sizeof(head),
		"GET %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", path,
		token);

	if (send(fd, head, (size_t)len, MSG_NOSIGNAL) != len || read_head(fd, head, &got) == 0) {
		return -1;
	}
	char *length = strcasestr(head, "\r\ncontent-length:");
	if (!length) {
		return -1;
	}
	size_t want = strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
	while (got < want) {
		ssize_t n =
			recv(fd, sink, sizeof(sink) < want - got ? sizeof(sink) : want - got, 0);

		if (n <= 0) {
			return -1;
		}
		got += (size_t)n;
	}
	return (int)strtol(head + strlen("HTTP/1.1 "), NULL, 10);
}
