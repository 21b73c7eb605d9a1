module example.test/mono.git/go/units

go 1.21
