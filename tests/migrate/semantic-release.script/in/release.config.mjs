// What releases this package.
const config = {
  branches: ['main'],
  tagFormat: 'release-${version}',
  plugins: [
    '@semantic-release/commit-analyzer',
    ['@semantic-release/npm', { npmPublish: false, /* only tagged */ }],
  ],
};

export default config;
