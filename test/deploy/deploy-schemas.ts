import { z } from 'zod';

// What the manifests may say, field by field: a misspelt key is refused, which kubectl and docker only warn of or ignore.
// Sources: Kubernetes API reference v1.33 (apps/v1, batch/v1, core/v1) and the Compose specification.

const name = z.string().regex(/^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$/);
const quantity = z.string().regex(/^\d+(m|Ki|Mi|Gi)?$/);
const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({ name, labels: labels.optional() });
const seconds = z.int().min(1);

const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.enum(['/healthz', '/readyz']), port: z.literal('health') }),
  periodSeconds: seconds,
});

const container = z.strictObject({
  name,
  image: z.string().regex(/^[a-z0-9./-]+:[\w.-]+$/),
  args: z.array(z.string()).min(1),
  env: z.array(z.strictObject({ name: z.string(), value: z.string() })),
  ports: z.array(z.strictObject({ name: z.literal('health'), containerPort: z.int() })).optional(),
  livenessProbe: probe.optional(),
  readinessProbe: probe.optional(),
  resources: z
    .strictObject({
      requests: z.strictObject({ cpu: quantity, memory: quantity }),
      limits: z.strictObject({ memory: quantity }),
    })
    .optional(),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name, mountPath: z.string().startsWith('/'), readOnly: z.literal(true).optional() }),
  ),
});

const volume = z.union([
  z.strictObject({ name, persistentVolumeClaim: z.strictObject({ claimName: name }) }),
  z.strictObject({ name, emptyDir: z.strictObject({}) }),
  z.strictObject({ name, configMap: z.strictObject({ name }) }),
  z.strictObject({ name, secret: z.strictObject({ secretName: name }) }),
]);

const pod = {
  terminationGracePeriodSeconds: seconds,
  automountServiceAccountToken: z.literal(false),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.literal(1000),
    fsGroup: z.literal(1000),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  containers: z.tuple([container]),
  volumes: z.array(volume),
};

export const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: z.strictObject({
    replicas: z.literal(1),
    strategy: z.strictObject({ type: z.literal('Recreate') }),
    selector: z.strictObject({ matchLabels: labels }),
    template: z.strictObject({
      metadata: z.strictObject({ labels, annotations: labels }),
      spec: z.strictObject(pod),
    }),
  }),
});

export const cronJob = z.strictObject({
  apiVersion: z.literal('batch/v1'),
  kind: z.literal('CronJob'),
  metadata,
  spec: z.strictObject({
    schedule: z.string(),
    timeZone: z.literal('Etc/UTC'),
    concurrencyPolicy: z.literal('Forbid'),
    startingDeadlineSeconds: seconds,
    successfulJobsHistoryLimit: z.int(),
    failedJobsHistoryLimit: z.int(),
    jobTemplate: z.strictObject({
      spec: z.strictObject({
        backoffLimit: z.int(),
        activeDeadlineSeconds: seconds,
        template: z.strictObject({ spec: z.strictObject({ ...pod, restartPolicy: z.literal('Never') }) }),
      }),
    }),
  }),
});

const claim = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('PersistentVolumeClaim'),
  metadata,
  spec: z.strictObject({
    accessModes: z.tuple([z.literal('ReadWriteOnce')]),
    resources: z.strictObject({ requests: z.strictObject({ storage: quantity }) }),
  }),
});

const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: z.strictObject({ 'tls-audit.yaml': z.string() }),
});

export const manifest = z.discriminatedUnion('kind', [deployment, cronJob, claim, configMap]);

const duration = z.string().regex(/^\d+s$/);

export const compose = z.strictObject({
  services: z.strictObject({
    'tls-audit': z.strictObject({
      image: z.string(),
      build: z.strictObject({ context: z.literal('..') }),
      command: z.array(z.string()).min(1),
      restart: z.literal('unless-stopped'),
      read_only: z.literal(true),
      tmpfs: z.array(z.string().startsWith('/')),
      cap_drop: z.tuple([z.literal('ALL')]),
      security_opt: z.tuple([z.literal('no-new-privileges:true')]),
      stop_grace_period: duration,
      environment: z.record(z.string(), z.string()),
      secrets: z.array(z.string()),
      volumes: z.array(z.string().regex(/^[^:]+:\/[^:]+(:ro)?$/)),
      healthcheck: z.strictObject({
        test: z.array(z.string()),
        interval: duration,
        timeout: duration,
        start_period: duration,
        retries: z.int(),
      }),
    }),
  }),
  secrets: z.record(z.string(), z.strictObject({ file: z.string().startsWith('./secrets/') })),
  volumes: z.record(z.string(), z.null()),
});
