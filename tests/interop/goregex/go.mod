module goregex

go 1.22
