const branches = process.env.BRANCHES.split(',');

module.exports = {
  branches: branches,
};
