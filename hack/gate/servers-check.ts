import { apicurioFolder } from '../testbed/apicurio.ts'
import { helmBinary } from '../testbed/helm-binary.ts'
import { keepKafkaClasses } from '../testbed/kafka-classes.ts'
import { kafkaLibraries } from '../testbed/kafka-libraries.ts'
import { openSearchLibraries } from '../testbed/opensearch.ts'
import { schemathesisProgram } from '../testbed/schemathesis-program.ts'
import { serverBinaries } from '../testbed/server-binaries.ts'
import { validatorBinary, validatorNames } from '../testbed/validator-binary.ts'
import { checked, type GateStep } from './outcome.ts'

/** Finds, fetches or builds the servers and validators of the integration tests: the one slow thing on a fresh machine. */
export const serversCheck: GateStep = {
  name: 'servers',
  async run(progress) {
    const { origin } = await serverBinaries(process.env, progress)
    await keepKafkaClasses(await kafkaLibraries(process.env, progress), progress)
    await openSearchLibraries(process.env, progress)
    await apicurioFolder(process.env, progress)
    await helmBinary(process.env, progress)
    for (const name of validatorNames) await validatorBinary(name, process.env, progress)
    await schemathesisProgram(process.env, progress)
    return checked(true, `kube-apiserver, etcd and kubectl: ${origin}`)
  },
}
