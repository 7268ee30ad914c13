# shellcheck shell=bash
# Shell functions for the runbooks, for bash and zsh. Source it in the root of the checkout. PREFIX is the stackPrefix of the
# deployment; the region and the credentials are those of the AWS CLI. The functions only read.

PREFIX=${PREFIX:-LicenseServer}
export AWS_PAGER=
# So that zsh accepts pasted comments and splits words as bash does.
if [ -n "${ZSH_VERSION:-}" ]; then setopt interactive_comments sh_word_split; fi

# STACK OUTPUT: the value of an output of a stack, as `out Data TableName`.
out() {
  aws cloudformation describe-stacks --stack-name "$PREFIX-$1" --output text \
    --query "Stacks[0].Outputs[?OutputKey=='$2'].OutputValue" | grep . ||
    { echo "$PREFIX-$1 has no output $2. Check PREFIX and AWS_REGION." >&2; return 1; }
}

# TYPE NAME: the physical ids of the service stack's resources of a type whose logical id begins with NAME.
res() {
  aws cloudformation list-stack-resources --stack-name "$PREFIX-Service" --output text \
    --query "StackResourceSummaries[?ResourceType=='AWS::$1' && starts_with(LogicalResourceId, '$2')].PhysicalResourceId" |
    tr '\t' '\n' | grep . ||
    { echo "$PREFIX-Service has no AWS::$1 whose name begins with $2. Check PREFIX and AWS_REGION." >&2; return 1; }
}

# NAME: the name of a function, as `fn Heartbeat`. docs/operations.md lists the names.
fn() { res Lambda::Function "$1Function"; }

# NAME: the URL of a queue, as `queue DeadLetters` for the dead-letter queue of the jobs.
queue() { res SQS::Queue "$1"; }

# NAME [SINCE]: the log of a function, as `logs Sessions 3h`; of the last hour by default. `logs HttpAccess` is the access log.
logs() { aws logs tail "$(res Logs::LogGroup "$1")" --since "${2:-1h}" --format short; }
