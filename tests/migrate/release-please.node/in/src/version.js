module.exports = '0.4.0'; // x-release-please-version
