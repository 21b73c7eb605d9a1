module github.com/acme/mono

go 1.22
