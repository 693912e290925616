// The entry point; one file per subcommand beside it.
int main() { return 0; }
