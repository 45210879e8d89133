package io.step3.desktop.render;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.NewMultiArrayInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.NewReferenceArrayInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.util.HashSet;
import java.util.Set;

/**
 * Loads the classes of a package anew and weaves a {@link Meter} into them: every method, every
 * turn of a loop, every object, array and text that is made is counted. A library that was not
 * written for input from strangers can so be stopped wherever it is, which Java does not offer for
 * threads, and what it had kept in static fields goes with its loader.
 */
final class MeteredLoader extends ClassLoader {

    private static final ClassDesc METER = ClassDesc.of(Meter.class.getName());
    private static final MethodTypeDesc NOTHING = MethodTypeDesc.of(ConstantDescs.CD_void);
    private static final MethodTypeDesc LENGTH =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int);
    private static final MethodTypeDesc LENGTHS =
            MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_int, ConstantDescs.CD_int);
    private static final MethodTypeDesc TEXT =
            MethodTypeDesc.of(ConstantDescs.CD_void, ClassDesc.of("java.lang.CharSequence"));
    private static final Set<String> TEXTS =
            Set.of("Ljava/lang/String;", "Ljava/lang/StringBuffer;", "Ljava/lang/StringBuilder;");

    private final String metered;

    /**
     * @param metered the beginning of the names of the classes to be counted
     */
    MeteredLoader(String metered, ClassLoader parent) {
        super(parent);
        this.metered = metered;
    }

    @Override
    protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
        boolean meter =
                name.equals(Meter.class.getName()) || name.startsWith(Meter.class.getName() + "$");
        if (!meter && !name.startsWith(metered)) {
            return super.loadClass(name, resolve);
        }
        synchronized (getClassLoadingLock(name)) {
            Class<?> loaded = findLoadedClass(name);
            if (loaded == null) {
                byte[] code = read(name);
                byte[] counted = meter ? code : weave(code);
                loaded = defineClass(name, counted, 0, counted.length);
            }
            return loaded;
        }
    }

    private byte[] read(String name) throws ClassNotFoundException {
        String file = name.replace('.', '/') + ".class";
        try (InputStream in = getParent().getResourceAsStream(file)) {
            if (in == null) {
                throw new ClassNotFoundException(name);
            }
            return in.readAllBytes();
        } catch (IOException unreadable) {
            throw new ClassNotFoundException(name, unreadable);
        }
    }

    private byte[] weave(byte[] code) {
        ClassFile file =
                ClassFile.of(
                        ClassFile.ClassHierarchyResolverOption.of(
                                ClassHierarchyResolver.ofResourceParsing(getParent()).cached()));
        return file.transformClass(
                file.parse(code),
                ClassTransform.transformingMethodBodies(CodeTransform.ofStateful(Counting::new)));
    }

    private static final class Counting implements CodeTransform {
        private final Set<Label> passed = new HashSet<>();

        @Override
        public void atStart(CodeBuilder code) {
            code.invokestatic(METER, "step", NOTHING);
        }

        @Override
        public void accept(CodeBuilder code, CodeElement element) {
            switch (element) {
                case LabelTarget target -> passed.add(target.label());
                case BranchInstruction branch when passed.contains(branch.target()) ->
                        code.invokestatic(METER, "step", NOTHING);
                case NewObjectInstruction _ -> code.invokestatic(METER, "object", NOTHING);
                case NewPrimitiveArrayInstruction _ ->
                        code.dup().invokestatic(METER, "array", LENGTH);
                case NewReferenceArrayInstruction _ ->
                        code.dup().invokestatic(METER, "array", LENGTH);
                case NewMultiArrayInstruction many when many.dimensions() == 2 ->
                        code.dup2().invokestatic(METER, "array", LENGTHS);
                default -> {}
            }
            code.with(element);
            if (element instanceof InvokeInstruction call
                    && TEXTS.contains(call.owner().asSymbol().descriptorString())
                    && TEXTS.contains(call.typeSymbol().returnType().descriptorString())) {
                code.dup().invokestatic(METER, "text", TEXT);
            }
        }
    }
}
