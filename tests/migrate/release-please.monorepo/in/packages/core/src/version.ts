export const version = '1.2.0'; // x-release-please-version
