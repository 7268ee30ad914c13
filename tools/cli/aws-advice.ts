/** What to do about an error of AWS, or of the SDK on its way there, in a few words; undefined where nothing is known. */
export const awsAdvice = (name: string, message: string): string | undefined => {
  if (/Region is missing/.test(message)) return "name the region with AWS_REGION";
  if (/CredentialsProvider|Token is expired|ExpiredToken/.test(`${name} ${message}`))
    return "sign in to AWS, or name a profile with AWS_PROFILE";
  return undefined;
};
