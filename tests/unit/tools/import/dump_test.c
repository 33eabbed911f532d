#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "libcommon/base/base.h"
#include "tools/voip/import/dump.h"

/* All rows of table t as text: "a|b=\n" with NULL as ~ and a NUL byte as %. */
struct seen {
	char text[4096];
	size_t len, rows;
	int refuse_at; /* the row that ends the reading; 0: none */
};

static bool wants(const char *name, void *arg)
{
	(void)arg;
	return strcmp(name, "t") == 0;
}

static void put(struct seen *seen, char c)
{
	if (seen->len < sizeof(seen->text) - 1) {
		seen->text[seen->len++] = c ? c : '%';
	}
}

static int row(const struct dump_table *table, const struct dump_value *values, void *arg)
{
	struct seen *seen = arg;

	if ((int)++seen->rows == seen->refuse_at) {
		return EXDEV;
	}
	for (size_t i = 0; i < table->n_columns; i++) {
		for (size_t k = 0; values[i].text && k < values[i].len; k++) {
			put(seen, values[i].text[k]);
		}
		if (!values[i].text) {
			put(seen, '~');
		}
		put(seen, i + 1 < table->n_columns ? '|' : '=');
	}
	return 0;
}

static const struct dump_handlers handlers = {wants, row};

static int read_bytes(const char *text, size_t len, struct seen *seen, struct dump_fault *fault)
{
	FILE *file = len ? fmemopen((void *)text, len, "r") : fopen("/dev/null", "re");
	int err;

	cr_assert_not_null(file);
	err = dump_read(file, &handlers, seen, fault);
	fclose(file);
	return err;
}

static void gives(const char *text, const char *want)
{
	struct seen seen = {0};
	struct dump_fault fault;

	cr_assert_eq(read_bytes(text, strlen(text), &seen, &fault), 0, "%s: line %zu: %s", text,
		fault.line, fault.sentence);
	cr_assert_str_eq(seen.text, want, "%s", text);
}

static void fails(const char *text, size_t line, const char *part)
{
	struct seen seen = {0};
	struct dump_fault fault;

	cr_assert_eq(read_bytes(text, strlen(text), &seen, &fault), EINVAL, "%s", text);
	cr_assert(strstr(fault.sentence, part), "%s: '%s'", text, fault.sentence);
	cr_assert_eq(fault.line, line, "%s: line %zu", text, fault.line);
}

#define T                                                                                          \
	"CREATE TABLE `t` (\n  `a` int(10) unsigned NOT NULL AUTO_INCREMENT,\n  `b` varchar(255) " \
	"DEFAULT 'x,)' COMMENT 'it''s (',\n  PRIMARY KEY (`a`),\n  KEY `i` (`b`(10),`a`),\n  "     \
	"CONSTRAINT `f` FOREIGN KEY (`b`) REFERENCES `u` (`id`)\n) ENGINE=InnoDB DEFAULT "         \
	"CHARSET=utf8mb4;\n"

Test(dump, reads_what_mysqldump_writes)
{
	gives("-- MySQL dump 10.13\n/*!40101 SET NAMES utf8mb4 */;\nDROP TABLE IF EXISTS `t`;\n" T
	      "LOCK TABLES `t` WRITE;\n/*!40000 ALTER TABLE `t` DISABLE KEYS */;\n"
	      "INSERT INTO `t` VALUES (1,'one'),(2,NULL),(-3,'it\\'s \\\"3\\\"\\n\\\\');\nUNLOCK "
	      "TABLES;\n"
	      "INSERT INTO `t` VALUES (4,'quote '' doubled');\n-- Dump completed\n",
		"1|one=2|~=-3|it's \"3\"\n\\=4|quote ' doubled=");
}

Test(dump, reads_every_spelling_of_a_value)
{
	gives(T "INSERT INTO t VALUES (0x4142,x'43'),(X'',_binary "
		"'a\\0b'),(b'1000001',_utf8mb4'\\Z'),"
		"(1.5e-3,'50\\% \\_ \\q'),(true,FALSE),(DEFAULT,\"dq\\\"\"),(+7,'a''b'),(0xF,'');",
		"AB|C=|a%b=A|\x1a=1.5e-3|50\\% \\_ q=1|0=~|dq\"=7|a'b=\x0f|=");
}

Test(dump, passes_over_comments_triggers_and_other_tables)
{
	gives("# a note, isn't it\n/* INSERT INTO t VALUES (9,'no'); */" T
	      "CREATE TABLE `u` (`a` int);\n"
	      "INSERT INTO `u` VALUES (1,2,3),('INSERT INTO t VALUES (8,''no'')');\nDELIMITER ;;\n"
	      "CREATE TRIGGER x BEFORE INSERT ON t FOR EACH ROW BEGIN INSERT INTO t VALUES "
	      "(7,'no'); END ;;\n"
	      "DELIMITER ;\n/*!50001 CREATE VIEW `v` AS SELECT 1 */;\nINSERT INTO t VALUES (1,'a') "
	      "-- why\n ;INSERT INTO t SELECT_ VALUES(2,'b'/* c */);\n",
		"1|a=2|b=");
}

Test(dump, follows_the_named_columns)
{
	gives(T "INSERT IGNORE INTO `db`.`t` (`b`, `a`) VALUES ('x',1);REPLACE INTO t (`b`) VALUES "
		"('y');"
		"INSERT INTO t (B) VALUES ('z') ON DUPLICATE KEY UPDATE b=VALUES(b);",
		"1|x=~|y=~|z=");
	gives("INSERT INTO t (c,d) VALUES (1,2);\n", "1|2=");
}

Test(dump, reads_pg_dump_with_inserts)
{
	gives("--\n-- PostgreSQL database dump\n--\n\\restrict abc'\nSET x = 'y';\n"
	      "CREATE FUNCTION public.f() RETURNS trigger AS $$ BEGIN INSERT INTO t VALUES ('no'); "
	      "END $$;\n"
	      "CREATE TABLE public.t (\n    a bigint NOT NULL,\n    \"order\" json DEFAULT "
	      "'[]'::json,\n"
	      "    key text,\n    CONSTRAINT c CHECK (((a)::text = ANY (ARRAY['x'::text, "
	      "'y'::text])))\n);\n"
	      "COPY public.other (a) FROM stdin;\nit's; INSERT INTO t VALUES (8);\n\\.\n"
	      "INSERT INTO public.t VALUES (1, 'back\\slash it''s', E'a\\nb');\n"
	      "INSERT INTO public.t OVERRIDING SYSTEM VALUE VALUES (2, '{}'::jsonb, "
	      "NULL::character varying);\n--\n-- PostgreSQL database dump complete\n--\n",
		"1|back\\slash it's|a\nb=2|{}|~=");
}

Test(dump, reads_dumps_of_sqlite)
{
	gives("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\nCREATE TABLE IF NOT EXISTS \"t\" "
	      "(\"a\" integer "
	      "primary key autoincrement not null, \"b\" varchar, primary key (\"a\"));\n"
	      "INSERT INTO t VALUES(1,'back\\n');\n"
	      "INSERT INTO t "
	      "VALUES(2,replace(replace('a\\nb\\r','\\r',char(13)),'\\n',char(10)));\n"
	      "INSERT INTO \"t\" VALUES(3,X'4a');COMMIT;\n",
		"1|back\\n=2|a\nb\r=3|J=");
}

Test(dump, says_where_and_why_it_stops)
{
	fails("just a letter\n", 0, "no SQL dump");
	fails("it's a letter\n", 1, "does not end");
	fails("", 0, "no SQL dump");
	fails("INSERT INTO t VALUES (1);\n", 1, "CREATE TABLE is missing");
	fails(T "INSERT INTO t VALUES (1);\n", 8, "another number of values");
	fails(T "\nINSERT INTO t (`zz`) VALUES (1);\n", 9, "does not have");
	fails(T "INSERT INTO t VALUES (1,now());\n", 8, "no plain value");
	fails(T "INSERT INTO t VALUES (1,'a'", 8, "broken");
	fails(T "INSERT INTO t VALUES (1,'a", 8, "does not end");
	fails(T "INSERT INTO t SELECT 1,2;\n", 8, "without VALUES");
	fails(T T, 8, "a second time");
	fails("-- MySQL dump 10.13\n" T "INSERT INTO t VALUES (1,'a');\n", 0, "ends too early");
	fails(T "INSERT INTO t VALUES (1,'a')", 0, "ends too early");
	fails("CREATE TABLE `t` (`a` int", 0, "ends too early");
	fails(T "INSERT INTO t VALUES (1,x'0g');\n", 8, "hexadecimal");
	fails(T "/* open\n\n", 8, "comment");
	fails("-- PostgreSQL database dump\nCREATE TABLE t (a int);\nCOPY t (a) FROM "
	      "stdin;\n1\n\\.\n",
		3, "--inserts");
	fails("\x1f\x8b\x08 INSERT", 0, "gunzip");
	fails("PGDMP INSERT", 0, "--format=plain");
	fails("SQLite format 3 INSERT", 0, ".dump");
}

Test(dump, refuses_binary)
{
	static const char bytes[] = "CREATE TABLE t (a int);\0\0\0";
	struct seen seen = {0};
	struct dump_fault fault;

	cr_assert_eq(read_bytes(bytes, sizeof(bytes), &seen, &fault), EINVAL);
	cr_assert(strstr(fault.sentence, "no SQL dump"));
}

Test(dump, ends_with_the_handlers_error)
{
	static const char text[] = T "INSERT INTO t VALUES (1,'a'),(2,'b'),(3,'c');";
	struct seen seen = {.refuse_at = 2};
	struct dump_fault fault;

	cr_assert_eq(read_bytes(text, strlen(text), &seen, &fault), EXDEV);
	cr_assert_eq(seen.rows, 2);
	cr_assert_str_eq(seen.text, "1|a=");
}

Test(dump, no_start_of_a_dump_does_harm)
{
	static const char text[] =
		"-- x\n" T "INSERT INTO `t` VALUES (1,'a\\'b'),(0x41,_binary 'c');\nDELIMITER ;;\n"
		"x;;\nDELIMITER ;\nINSERT INTO `t` (`a`,`b`) VALUES (-1.5,NULL);";

	for (size_t len = 0; len < strlen(text); len++) {
		struct seen seen = {0};
		struct dump_fault fault = {.line = 99};
		int err = read_bytes(text, len, &seen, &fault);

		cr_assert(err == 0 || (err == EINVAL && fault.sentence[0]), "%zu: %d", len, err);
	}
}

/* length bytes of c in one value, or as one row of "1," */
static int read_long(
	const char *before, char c, size_t length, const char *after, struct dump_fault *fault)
{
	size_t head = strlen(before), tail = strlen(after);
	VP_CLEANUP(vp_freep) char *text = malloc(head + length + tail);
	struct seen seen = {0};

	memcpy(text, before, head);
	memset(text + head, c, length);
	memcpy(text + head + length, after, tail);
	return read_bytes(text, head + length + tail, &seen, fault);
}

Test(dump, limits_a_value_but_not_what_is_passed_over)
{
	struct dump_fault fault;

	cr_assert_eq(read_long(T "INSERT INTO t VALUES (1,'", 'x', 1 << 20, "');", &fault), 0);
	cr_assert_eq(
		read_long(T "INSERT INTO t VALUES (1,'", 'x', 17 << 20, "');", &fault), EINVAL);
	cr_assert(strstr(fault.sentence, "16 MiB"));
	cr_assert_eq(read_long(T "INSERT INTO other VALUES (1,'", 'x', 17 << 20, "');", &fault), 0);
	cr_assert_eq(
		read_long(T "INSERT INTO other VALUES (1,_binary 'x", 'x', 17 << 20, "');", &fault),
		0);
	cr_assert_eq(read_long(T "INSERT INTO t VALUES ", '(', 1 << 20, ";", &fault), EINVAL);
	cr_assert_eq(read_long("CREATE TABLE t ", '(', 1 << 20, ";", &fault), EINVAL);
	cr_assert_eq(read_long("CREATE TABLE ", 'n', 300, " (a int);", &fault), EINVAL);
}

Test(dump, limits_the_columns)
{
	char text[20000] = "CREATE TABLE t (c0 int";
	size_t len = strlen(text);
	struct seen seen = {0};
	struct dump_fault fault;

	for (int i = 1; i < 600; i++) {
		len += (size_t)snprintf(text + len, sizeof(text) - len, ",c%d int", i);
	}
	cr_assert(vp_strcopy(text + len, sizeof(text) - len, ");"));
	cr_assert_eq(read_bytes(text, strlen(text), &seen, &fault), EINVAL);
	cr_assert(strstr(fault.sentence, "512"));
}
