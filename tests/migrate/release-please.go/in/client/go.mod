module github.com/acme/mono/client

go 1.22
