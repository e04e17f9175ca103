#include "format/key/lines.h"

#include "format/slice.h"

struct es_lines
es_lines_begin(struct envseal_slice text)
{
	struct es_lines lines = {.rest = text};

	if (es_slice_begins(text, "\xef\xbb\xbf"))
		lines.rest = es_slice_from(text, 3);
	return lines;
}

bool
es_lines_next(struct es_lines *lines, struct envseal_slice *line)
{
	while (lines->rest.n > 0) {
		size_t n = es_slice_find(lines->rest, '\n');
		struct envseal_slice found = es_slice(lines->rest.p, n);

		lines->rest = es_slice_from(lines->rest, n < lines->rest.n ? n + 1 : n);
		lines->number++;
		if (es_slice_begins(found, "#"))
			continue;
		if (found.n > 0 && found.p[found.n - 1] == '\r')
			found.n--;
		while (found.n > 0 && (found.p[found.n - 1] == ' ' || found.p[found.n - 1] == '\t'))
			found.n--;
		if (found.n > 0) {
			*line = found;
			return true;
		}
	}
	return false;
}
