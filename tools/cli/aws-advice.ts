/** What to do about an error of AWS or of its SDK, in a few words; undefined where nothing is known. */
export const awsAdvice = (name: string, message: string): string | undefined => {
  if (/Region is missing/.test(message)) return "Set the region: AWS_REGION.";
  if (/CredentialsProvider|Token is expired|ExpiredToken/.test(`${name} ${message}`))
    return "Sign in to AWS, or choose a profile: AWS_PROFILE.";
  return undefined;
};
