// Compiles contracts/ into abi/ with the pinned solc. `--check` writes nothing and fails when
// abi/ differs from a fresh compile.
"use strict";

const fs = require("fs");
const path = require("path");
const solc = require("solc");

const root = path.resolve(__dirname, "..");
const contracts = path.join(root, "contracts");
const abi = path.join(root, "abi");
const check = process.argv.includes("--check");

const sources = Object.fromEntries(
  fs
    .readdirSync(contracts)
    .filter((file) => file.endsWith(".sol"))
    .sort()
    .map((file) => [file, { content: fs.readFileSync(path.join(contracts, file), "utf8") }]),
);

// No metadata hash: it covers comments and would change the bytecode with them.
const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: "Solidity",
      sources,
      settings: {
        evmVersion: "shanghai",
        optimizer: { enabled: true, runs: 200 },
        metadata: { bytecodeHash: "none", appendCBOR: false },
        outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
      },
    }),
  ),
);

const problems = output.errors || [];
for (const problem of problems) console.error(problem.formattedMessage);
if (problems.some((problem) => problem.severity === "error")) process.exit(1);

const artifacts = new Map();
for (const source of Object.keys(output.contracts).sort()) {
  for (const [name, contract] of Object.entries(output.contracts[source]).sort()) {
    const bytecode = contract.evm.bytecode.object;
    if (!bytecode) continue; // interfaces and abstract contracts
    const artifact = {
      contractName: name,
      sourceName: `contracts/${source}`,
      compiler: solc.version(),
      abi: contract.abi,
      bytecode: `0x${bytecode}`,
      deployedBytecode: `0x${contract.evm.deployedBytecode.object}`,
    };
    artifacts.set(`${name}.json`, `${JSON.stringify(artifact, null, 2)}\n`);
  }
}

const present = fs.existsSync(abi) ? fs.readdirSync(abi).filter((file) => file.endsWith(".json")) : [];
const stale = present.filter((file) => !artifacts.has(file));

if (check) {
  const differing = [...artifacts]
    .filter(([file, text]) => !present.includes(file) || fs.readFileSync(path.join(abi, file), "utf8") !== text)
    .map(([file]) => file);
  if (differing.length + stale.length > 0) {
    console.error(`abi/ differs from a fresh compile: ${[...differing, ...stale].join(", ")}`);
    console.error("run `npm run compile` in anvil/ and commit abi/");
    process.exit(1);
  }
  console.log(`abi/ equals a fresh compile of ${artifacts.size} contracts`);
} else {
  fs.mkdirSync(abi, { recursive: true });
  for (const file of stale) fs.unlinkSync(path.join(abi, file));
  for (const [file, text] of artifacts) fs.writeFileSync(path.join(abi, file), text);
  console.log(`wrote ${[...artifacts.keys()].join(", ")}`);
}
