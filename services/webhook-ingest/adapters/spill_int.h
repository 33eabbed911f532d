/* Inside of spill: its files. */
#ifndef WEBHOOK_SPILL_INT_H
#define WEBHOOK_SPILL_INT_H
#include "services/webhook-ingest/adapters/spill.h"

#define SPILL_MAGIC "RMHOOKS1"
#define SPILL_MAGIC_SIZE 8
#define SPILL_HEAD 8 /* length and CRC */
#define SPILL_NAME_SIZE 32

/* One file, oldest first. */
struct spill_file {
	struct spill_file *next;
	uint64_t number;
	uint64_t size; /* synced bytes */
	uint64_t at;   /* read so far */
	uint64_t done; /* all before it is in the database */
	bool through;  /* read to its end; it may still grow */
	bool damaged;  /* a record in it is not what was written */
	bool spoilt;   /* a record in it can never be stored */
};

struct spill {
	int root_fd, dir_fd; /* the folder, and our place in it */
	unsigned place;
	uint64_t max_bytes, bytes; /* of all files */
	uint64_t last;             /* number */
	struct spill_file *first, *newest;
	int write_fd; /* of newest; -1: the next record begins a file */
	uint8_t *buf; /* added and not written yet */
	size_t len, size;
	struct spill_file *reading;
	int read_fd;
};

/* spill_place.c */
int spill_place_take(struct spill *spill, const char *dir);

/* spill_file.c */
/* Moves the files of another place here, behind ours. */
int spill_files_adopt(struct spill *spill, int other_fd);
void spill_file_name(const struct spill_file *file, const char *suffix, char name[SPILL_NAME_SIZE]);
/* Files of the folder, in order. */
int spill_files_find(struct spill *spill);
/* Begins a new one; its name is safe when it returns 0. */
int spill_file_begin(struct spill *spill);
/* Removes it, or puts it aside when it is damaged. */
void spill_file_drop(struct spill *spill, struct spill_file *file);
#endif
