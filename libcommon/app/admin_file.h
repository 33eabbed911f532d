/* The file of VOIP_ADMIN_FILE. Inside of app. */
#ifndef VP_APP_ADMIN_FILE_H
#define VP_APP_ADMIN_FILE_H

/* One line, "127.0.0.1:41873": the address of listen with the port that was bound. 0 or errno. */
int admin_file_write(const char *path, const char *listen, int port);
#endif
